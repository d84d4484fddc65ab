#include "apps/certify/run/signals.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "core/base/errors.h"

namespace certify {
namespace {

// A signal handler can reach nothing but globals.
StopFlag stop_requested{false};
std::atomic<int> interrupts{0};
static_assert(StopFlag::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void on_signal(int signal) {
  if (signal == SIGINT && interrupts.fetch_add(1) > 0) {
    _exit(static_cast<int>(ExitCode::kAborted));
  }
  stop_requested.store(true);
}

}  // namespace

const StopFlag& stop_on_signals() {
  struct sigaction action = {};
  action.sa_handler = &on_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGTERM, SIGUSR1, SIGUSR2, SIGINT}) sigaction(signal, &action, nullptr);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  for (const int signal : {SIGPIPE, SIGXFSZ}) sigaction(signal, &ignore, nullptr);
  return stop_requested;
}

}  // namespace certify
