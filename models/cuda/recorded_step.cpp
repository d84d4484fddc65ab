#include "models/cuda/recorded_step.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>

#include <stdexcept>
#include <string>

namespace certify {
namespace {

namespace allocator = c10::cuda::CUDACachingAllocator;

void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());
  throw std::runtime_error(std::string("CUDA error: ") + what + ": " + cudaGetErrorString(error));
}

}  // namespace

RecordedStep::RecordedStep(const c10::cuda::CUDAStream& stream)
    : stream_(stream), pool_(at::cuda::graph_pool_handle()) {
  allocator::beginAllocateToPool(stream_.device_index(), pool_, [stream](cudaStream_t other) {
    return other == stream.stream();  // other GPUs' workers allocate as always
  });
}

// Once the other constructor is done, the destructor cleans up after what is thrown here.
RecordedStep::RecordedStep(const c10::cuda::CUDAStream& stream, const std::function<void()>& queue)
    : RecordedStep(stream) {
  try {
    record(queue);
  } catch (...) {
    allocator::endAllocateToPool(stream_.device_index(), pool_);
    throw;
  }
  allocator::endAllocateToPool(stream_.device_index(), pool_);
  check(cudaGraphInstantiate(&executable_, graph_, cudaGraphInstantiateFlagAutoFreeOnLaunch),
        "a graph cannot be made executable");
}

/// Errors here have been told already, or nothing is left to tell them to.
RecordedStep::~RecordedStep() {
  if (executable_ != nullptr) static_cast<void>(cudaGraphExecDestroy(executable_));
  if (graph_ != nullptr) static_cast<void>(cudaGraphDestroy(graph_));
  try {
    allocator::releasePool(stream_.device_index(), pool_);
  } catch (const std::exception&) {
  }
  static_cast<void>(cudaGetLastError());
}

void RecordedStep::record(const std::function<void()>& queue) {
  // Thread-local: the workers of other GPUs may allocate meanwhile.
  check(cudaStreamBeginCapture(stream_.stream(), cudaStreamCaptureModeThreadLocal),
        "recording cannot begin");
  try {
    queue();
  } catch (...) {
    // Ends the recording also where it is broken already, and then says so once more.
    static_cast<void>(cudaStreamEndCapture(stream_.stream(), &graph_));
    static_cast<void>(cudaGetLastError());
    throw;
  }
  check(cudaStreamEndCapture(stream_.stream(), &graph_), "what was queued cannot be recorded");
  if (graph_ == nullptr) throw std::runtime_error("CUDA error: an empty graph was recorded");
}

void RecordedStep::replay() const {
  check(cudaGraphLaunch(executable_, stream_.stream()), "a graph cannot be launched");
}

}  // namespace certify
