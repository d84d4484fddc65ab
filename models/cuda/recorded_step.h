#pragma once
/// Kernels recorded once as a CUDA graph and replayed with one launch. Brings LibTorch's headers.

#include <c10/core/Allocator.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <functional>

namespace certify {

/// In place of at::cuda::CUDAGraph (LibTorch 2.11): where a capture is broken off, that one leaves
/// the generator "capturing" and its pool of memory open, for every later user of the process. Here
/// no generator takes part, so an operator that wants random numbers is refused while recording,
/// and a failure is undone whole.
class RecordedStep {
 public:
  /// Runs `queue` once without executing what it queues on `stream`, the current one. Memory that
  /// it takes meanwhile belongs to the recording, and holds what each replay leaves there.
  /// @throws what `queue` throws; std::runtime_error where CUDA refuses. All is as before then, but
  /// for tensors that `queue` left behind: drop them before memory is asked for again.
  RecordedStep(const c10::cuda::CUDAStream& stream, const std::function<void()>& queue);
  ~RecordedStep();
  RecordedStep(const RecordedStep&) = delete;
  RecordedStep& operator=(const RecordedStep&) = delete;

  void replay() const;  ///< on the stream it was recorded on

 private:
  explicit RecordedStep(const c10::cuda::CUDAStream& stream);
  void record(const std::function<void()>& queue);

  c10::cuda::CUDAStream stream_;
  c10::MempoolId_t pool_;
  cudaGraph_t graph_ = nullptr;
  cudaGraphExec_t executable_ = nullptr;
};

}  // namespace certify
