#include "models/cuda/cuda_step.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>

#include <cstring>
#include <mutex>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/noise/noise.h"
#include "core/sampling/cuda/kernels.h"
#include "models/device_network.h"
#include "models/libtorch_settings.h"
#include "models/torch_errors.h"

namespace certify {
namespace {

constexpr int kWarmUps = 3;  // the first chooses algorithms, the second allocates for them

Element element_of(at::ScalarType type) {
  switch (type) {
    case at::kHalf:
      return Element::kFloat16;
    case at::kBFloat16:
      return Element::kBfloat16;
    default:
      return Element::kFloat32;
  }
}

at::Tensor on_device(const std::vector<float>& values, const at::Device& device) {
  return at::tensor(values, at::kFloat).to(device);
}

}  // namespace

CudaStep::CudaStep(const Network& classifier, const SamplingPlan& plan, std::int64_t batch,
                   bool use_graph, const std::function<void(const std::string&)>& warn)
    : classifier_(classifier),
      keep_scores_(plan.scores.keep != ScoreKeeping::kNone),
      stream_(c10::cuda::getStreamFromPool(/*isHighPriority=*/false,
                                           classifier.on_device().device().index())) {
  set_arithmetic(classifier.options());
  const c10::InferenceMode inference;
  const c10::cuda::CUDAStreamGuard guard(stream_);
  const DeviceNetwork& network = classifier.on_device();
  const ImageShape shape = classifier.input_shape();
  const auto of = [&](at::ScalarType type) {
    return at::TensorOptions().device(network.device()).dtype(type);
  };
  images_ = at::zeros({batch, shape.size()}, of(at::kFloat));
  rows_ = at::zeros({batch, 4}, of(at::kInt));
  input_ = at::empty({batch, shape.height, shape.width, shape.channels}, of(network.element()));
  votes_ = at::empty({batch}, of(at::kInt));
  if (!classifier.normalization().mean.empty()) {
    mean_ = on_device(classifier.normalization().mean, network.device());
    stddev_ = on_device(classifier.normalization().stddev, network.device());
  }
  const NoiseTables tables = plan.noise.family->tables(plan.noise);
  if (!tables.scales.empty()) scales_ = on_device(tables.scales, network.device());
  const CellTable cells =
      tables.cells ? upload_cells(*tables.cells, network.device()) : CellTable{};
  task_ = {images_.data_ptr<float>(),
           static_cast<const NoiseRow*>(rows_.data_ptr()),
           mean_.defined() ? mean_.data_ptr<float>() : nullptr,
           stddev_.defined() ? stddev_.data_ptr<float>() : nullptr,
           static_cast<std::uint32_t>(batch),
           static_cast<std::uint32_t>(shape.size()),
           static_cast<std::uint32_t>(shape.channels),
           plan.noise.family->device,
           {static_cast<std::uint32_t>(plan.seed), static_cast<std::uint32_t>(plan.seed >> 32),
            tables.scale, scales_.defined() ? scales_.data_ptr<float>() : nullptr, cells}};
  warm_up();
  if (use_graph) capture(warn);
}

CellTable CudaStep::upload_cells(const NoiseCells& cells, const at::Device& device) {
  thresholds_ = at::empty({static_cast<std::int64_t>(cells.thresholds.size())}, at::kLong);
  std::memcpy(thresholds_.data_ptr(), cells.thresholds.data(),
              cells.thresholds.size() * sizeof(std::uint64_t));
  thresholds_ = thresholds_.to(device);
  cell_means_ = on_device(cells.means, device);
  CellTable table = cells.table;
  table.thresholds = static_cast<const std::uint64_t*>(thresholds_.data_ptr());
  table.means = cell_means_.data_ptr<float>();
  return table;
}

void CudaStep::queue() {
  const DeviceNetwork& network = classifier_.on_device();
  launch_noise(task_, element_of(network.element()), input_.data_ptr(), stream_.stream());
  output_ = network.forward(input_.permute({0, 3, 1, 2}));
  check_output();
  const at::ScalarType type = output_.scalar_type();
  if (type != at::kHalf && type != at::kBFloat16) output_ = output_.to(at::kFloat);
  output_ = output_.contiguous();
  launch_vote(output_.data_ptr(), element_of(output_.scalar_type()),
              static_cast<std::int32_t>(task_.batch), classifier_.num_classes(),
              votes_.data_ptr<std::int32_t>(), stream_.stream());
  if (keep_scores_) scores_ = output_.to(at::kFloat);
}

void CudaStep::check_output() const {
  if (output_.dim() != 2 || output_.size(0) != task_.batch ||
      output_.size(1) != classifier_.num_classes() || output_.device() != images_.device()) {
    throw DataError("{}: returned [{}] on {} for {} images on {}", classifier_.name(),
                    fmt::join(output_.sizes(), ","), output_.device().str(), task_.batch,
                    images_.device().str());
  }
}

void CudaStep::warm_up() {
  const AlgorithmContest contest(classifier_.options());
  for (int i = 0; i < kWarmUps; ++i) queue();
  stream_.synchronize();
}

void CudaStep::drop_answers() {
  output_.reset();
  scores_.reset();
}

void CudaStep::capture(const std::function<void(const std::string&)>& warn) {
  // One GPU after another: what is given back below is given back on all of them.
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  // A recording takes memory of its own. What the warm-up used would lie beside it, unused, and the
  // step would need twice the memory that it needs.
  drop_answers();
  c10::cuda::CUDACachingAllocator::emptyCache();
  try {
    graph_.emplace(stream_, [this] { queue(); });
  } catch (const std::exception& error) {
    drop_answers();
    if (is_out_of_device_memory(error)) throw;
    warn(fmt::format("{}: no CUDA graph can be made of it, so kernels are queued one by one: {}",
                     classifier_.name(), reason(error)));
  }
  if (graph_) return;
  queue();  // takes again what was given back: what does not fit must fail here
  stream_.synchronize();
}

void CudaStep::upload(std::uint32_t slot, const at::Tensor& pinned) {
  images_[slot].copy_(pinned, /*non_blocking=*/true);
}

void CudaStep::run(const at::Tensor& pinned) {
  rows_.copy_(pinned, /*non_blocking=*/true);
  if (graph_) {
    graph_->replay();
  } else {
    queue();
  }
}

}  // namespace certify
