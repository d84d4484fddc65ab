#include "core/sampling/lossy_backend.h"

#include <mutex>
#include <vector>

#include "core/base/errors.h"

namespace certify {
namespace {

/// Kept where a leak checker sees that it is meant, until the process is gone.
void keep_forever(Backend* backend) {
  static std::mutex mutex;
  static auto& kept = *new std::vector<Backend*>;
  const std::lock_guard lock(mutex);
  kept.push_back(backend);
}

}  // namespace

template <class Work>
auto LossyBackend::leak_if_lost(const Work& work) {
  if (!backend_) throw DeviceLost("the device was lost before");
  try {
    return work();
  } catch (const DeviceLost&) {
    keep_forever(backend_.release());
    throw;
  }
}

void LossyBackend::submit(const RowBatch& batch) {
  leak_if_lost([&] { backend_->submit(batch); });
}

BatchResult LossyBackend::collect() {
  return leak_if_lost([&] { return backend_->collect(); });
}

}  // namespace certify
