// certify-torch: certify with the commands that need a network. certify starts it.

#include "apps/certify/program.h"
#include "apps/certify/run/describe_torch.h"
#include "apps/certify/run/resample.h"
#include "models/sigma_map_tensor.h"

namespace certify {
namespace {

void add_network_commands(CLI::App& app, int& exit_code) {
  add_run_command(app, exit_code);
  add_train_command(app, exit_code);
  add_export_command(app);
  add_learn_sigma_command(app, exit_code);
  add_attack_command(app, exit_code);
  add_bench_command(app);
  add_completion_command(app);
}

}  // namespace
}  // namespace certify

int main(int argc, char** argv) {
  return certify::run_program(argc, argv,
                              {certify::add_network_commands, certify::open_sigma_map,
                               certify::resample, certify::describe_torch});
}
