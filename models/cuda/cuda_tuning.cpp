#include "models/cuda/cuda_tuning.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/base/errors.h"
#include "core/noise/families.h"
#include "models/cuda/cuda_backend.h"

namespace certify {
namespace {

using Clock = std::chrono::steady_clock;

/// Any image does: time does not hang on what is in it.
std::vector<float> some_image(const Network& classifier) {
  return std::vector<float>(static_cast<std::size_t>(classifier.input_shape().size()), 0.5f);
}

double samples_per_second(const Network& classifier, std::int64_t batch) {
  constexpr double kSeconds = 0.3;
  release_cuda_memory();  // of the batch tried before
  const SamplingPlan plan{.noise = {&default_noise_family(), 0.25}};
  const auto pixels = some_image(classifier);
  const auto backend = make_cuda_backend(classifier, plan, {.batch = batch});
  const RowBatch full{{{0, &pixels, Phase::kEstimation, 0, static_cast<std::int32_t>(batch)}}};
  for (int i = 0; i < backend->depth(); ++i) backend->submit(full);
  backend->collect();
  const auto started = Clock::now();
  double seconds = 0;
  std::int64_t samples = 0;
  while (seconds < kSeconds) {
    backend->submit(full);
    backend->collect();
    samples += batch;
    seconds = std::chrono::duration<double>(Clock::now() - started).count();
  }
  return static_cast<double>(samples) / seconds;
}

/// Fused kernels round elsewhere, no more: logits may differ in their last bits.
bool agree(const Network& a, const Network& b) {
  const auto image = some_image(a);
  const auto m = static_cast<std::size_t>(a.num_classes());
  std::vector<float> x(m), y(m);
  a.logits(image.data(), 1, x.data());
  b.logits(image.data(), 1, y.data());
  float scale = 0, difference = 0;
  for (std::size_t k = 0; k < m; ++k) {
    scale = std::max(scale, std::abs(x[k]));
    difference = std::max(difference, std::abs(x[k] - y[k]));
  }
  return difference <= 2e-2f * scale;  // false for NaN
}

}  // namespace

Tuning tune_on_gpu(const Network& classifier,
                   const std::function<std::unique_ptr<Network>(const NetworkOptions&)>& load,
                   const std::vector<std::int64_t>& batches) {
  const auto measure = [&](std::int64_t batch, bool fuse) {
    if (!fuse) return samples_per_second(classifier, batch);
    // Which algorithms a fused kernel may use is not ours to fix.
    if (classifier.options().deterministic) return 0.0;
    NetworkOptions options = classifier.options();
    options.fuse = true;
    try {
      const auto fused = load(options);
      const bool usable = fused->fused_convolutions() > 0 && agree(classifier, *fused);
      return usable ? samples_per_second(*fused, batch) : 0.0;
    } catch (const DataError&) {  // it does not run fused, or no fused algorithm fits in memory
      return 0.0;
    } catch (const DeviceLost&) {  // cuDNN's refusal of a fusion reads so, too; a lost device fails
                                   // again
      return 0.0;
    }
  };
  const Tuning tuning = tune(batches, measure);
  release_cuda_memory();
  return tuning;
}

}  // namespace certify
