#pragma once
/// A GPU as a backend of the sampling engine. No LibTorch type shows here.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/sampling/backend.h"
#include "models/network.h"
#include "models/tuning.h"

namespace certify {

struct CudaBackendOptions {
  std::int64_t batch = 0;  ///< rows of every forward pass
  bool graph = true;       ///< replay a CUDA graph of noise, network and votes
  /// Hears of what only costs speed. Called on the worker's thread.
  std::function<void(const std::string&)> warn = [](const std::string&) {};
};

/// On the GPU that `classifier` was loaded on. Images are copied to it once; of a batch, 4 bytes a
/// row come back (its vote), and its logits too where the plan keeps scores, in single precision.
/// Counting and keeping of scores is the host's code, the same for every backend. Counting on the
/// device would save a copy that no batch waits for. It would need to know of runs, phases and
/// stopping rules.
///
/// submit() and collect() throw DeviceLost when the GPU fails or runs out of memory.
/// @param classifier,plan  must outlive the backend
/// @throws OutOfDeviceMemory where the batch does not fit; DataError where the network fails on it.
std::unique_ptr<Backend> make_cuda_backend(const Network& classifier, const SamplingPlan& plan,
                                           const CudaBackendOptions& options);

/// Gives back what LibTorch keeps of the memory of backends that are gone.
void release_cuda_memory();

/// Measures a network on its GPU at each of `batches`, and fused, with noise and votes and as it
/// will run: a few seconds.
/// @param classifier  not fused   @param load  the same network with other options
Tuning tune_on_gpu(const Network& classifier,
                   const std::function<std::unique_ptr<Network>(const NetworkOptions&)>& load,
                   const std::vector<std::int64_t>& batches);

}  // namespace certify
