#pragma once
/// Averages of the noise, added up on the GPU behind a batch's votes. Brings LibTorch's headers.

#include <ATen/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "core/sampling/backend.h"
#include "core/sampling/cuda/kernels.h"

namespace certify {

/// One for each CudaStep. Sums are of a run's rows in one batch, so nothing lies on the device from
/// batch to batch, and batches may be counted in any order.
class CudaGradient {
 public:
  /// What leaves for the GPU and comes back, in pinned memory.
  struct Ticket {
    at::Tensor table;  // [entries][4] int32, of GradientRows
    at::Tensor sums;   // [runs][2][size] int64
  };

  /// @param runs  with a class under test, as many as a batch will mostly have; more take more
  ///              memory when they come
  CudaGradient(std::int64_t size, std::int64_t runs, const at::Device& device);

  /// Queues the sums of `runs` on the current stream, behind the votes of their batch.
  /// @param votes  [task.batch] int32   @param ticket  untouched until all of it is done
  void queue(std::span<const RowRun> runs, const NoiseTask& task, const at::Tensor& votes,
             Ticket& ticket, CudaStream stream);

 private:
  std::int64_t size_;
  at::Tensor table_, sums_;  // on the device; shapes as in the ticket
};

}  // namespace certify
