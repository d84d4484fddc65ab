#pragma once
/// What a GPU does with a batch: noise, forward pass, votes, queued on one stream. Brings
/// LibTorch's headers.

#include <ATen/core/Tensor.h>
#include <c10/cuda/CUDAStream.h>

#include <functional>
#include <optional>
#include <string>

#include "core/noise/noise.h"
#include "core/sampling/cuda/noise_rows.h"
#include "core/sampling/sampler.h"
#include "models/cuda/recorded_step.h"
#include "models/network.h"

namespace certify {

/// Used by one thread. Everything is on one stream, so each call sees what the ones before it
/// wrote. So a slot can be given to another image without waiting for batches that are on their
/// way.
class CudaStep {
 public:
  /// Takes all the memory it will need, and lets LibTorch choose its algorithms.
  /// @param use_graph  capture the step once, replay it for every batch. Where capture fails (a
  /// network that copies to the host on its way, say) `warn` hears why and kernels are queued one
  /// by one.
  CudaStep(const Network& classifier, const SamplingPlan& plan, std::int64_t batch, bool use_graph,
           const std::function<void(const std::string&)>& warn);

  const c10::cuda::CUDAStream& stream() const { return stream_; }
  /// @param pinned  [size] floats, HWC, untouched until the copy is done
  void upload(std::uint32_t slot, const at::Tensor& pinned);
  /// @param pinned  [batch][4] int32, a table of NoiseRow, untouched until the copy is done
  void run(const at::Tensor& pinned);

  /// The batch as the kernels see it; its pointers are the device's.
  const NoiseTask& task() const { return task_; }
  const at::Tensor& votes() const { return votes_; }    ///< [batch] int32
  const at::Tensor& logits() const { return scores_; }  ///< [batch][m] float, if scores are kept

 private:
  CellTable upload_cells(const NoiseCells& cells, const at::Device& device);
  void queue();
  void warm_up();
  void capture(const std::function<void(const std::string&)>& warn);
  void drop_answers();
  void check_output() const;

  const Network& classifier_;
  bool keep_scores_;
  c10::cuda::CUDAStream stream_;
  at::Tensor images_;         // [batch][size] float: a slot for each image a batch can have
  at::Tensor rows_;           // [batch][4] int32
  at::Tensor mean_, stddev_;  // [channels] float, undefined for none
  at::Tensor thresholds_, cell_means_;  // of a CellTable; undefined for noise that has none
  at::Tensor scales_;                   // [size] float, of a map of sigma, undefined for none
  at::Tensor input_;                    // [batch][H][W][C], elements as the network takes them
  at::Tensor output_;                   // [batch][m] in whatever precision the network answers
  at::Tensor votes_, scores_;
  NoiseTask task_{};
  std::optional<RecordedStep> graph_;
};

}  // namespace certify
