#include "models/learning/networks/export_network.h"

#include <ATen/CPUGeneratorImpl.h>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/normalization.h"
#include "models/learning/networks/checkpoint.h"
#include "models/learning/networks/network.h"

namespace certify {
namespace {

Architecture architecture_of(const ExportRequest& request, const Checkpoint& checkpoint) {
  if (request.arch.empty() && checkpoint.arch.empty()) {
    throw InputError("{}: does not say what it is; --arch does", request.checkpoint.string());
  }
  return fitted(find_architecture(request.arch.empty() ? checkpoint.arch : request.arch),
                checkpoint);
}

/// BatchNorm must have seen some input, or every residual block doubles the variance: the logits of
/// a ResNet-110 would overflow in 16 bits, and no two of its variants could be compared.
void start_from_random_weights(const Architecture& architecture, torch::jit::Module network) {
  constexpr int kPasses = 20, kRows = 4;
  const torch::NoGradGuard no_grad;
  at::Generator generator = at::detail::createCPUGenerator(/*seed=*/0);
  initialize(network, generator);
  network.train();
  const ImageShape shape = architecture.input();
  for (int i = 0; i < kPasses; ++i) {
    network.forward({at::rand({kRows, shape.channels, shape.height, shape.width}, generator)});
  }
  network.eval();
}

}  // namespace

Architecture export_network(const ExportRequest& request) {
  const bool untrained = request.checkpoint.empty();
  if (untrained && request.arch.empty()) {
    throw InputError("a network without a checkpoint needs its --arch");
  }
  const Checkpoint checkpoint = untrained ? Checkpoint{} : read_checkpoint(request.checkpoint);
  const Architecture architecture =
      untrained ? find_architecture(request.arch) : architecture_of(request, checkpoint);
  const Normalization normalization = parse_normalization(
      request.normalization.empty() ? architecture.normalization : request.normalization,
      architecture.channels);
  const auto network = make_network(architecture, normalization);
  if (untrained) {
    start_from_random_weights(architecture, network);
  } else {
    load_weights(checkpoint, architecture, network);
  }
  if (request.half) store_in_half(network);
  replace_file(request.out, torchscript_bytes(network));
  return architecture;
}

}  // namespace certify
