#include "core/sampling/host_sampler.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "core/sampling/host_backend.h"

namespace certify {
namespace {

std::vector<BackendFactory> workers_on(const BaseClassifier& classifier, int workers,
                                       std::int64_t rows) {
  const BackendFactory make = [&classifier, rows](const SamplingPlan& plan) {
    return std::make_unique<HostBackend>(classifier, plan, rows);
  };
  return std::vector<BackendFactory>(static_cast<std::size_t>(std::max(0, workers)), make);
}

}  // namespace

std::int64_t even_batch(std::int64_t rows_per_image, std::int64_t most) {
  const std::int64_t batches = (rows_per_image + most - 1) / most;
  return (rows_per_image + batches - 1) / batches;
}

HostSampler::HostSampler(const BaseClassifier& classifier, const HostSamplerOptions& options)
    : Scheduler(workers_on(classifier, options.workers, options.batch),
                {.shape = classifier.input_shape(),
                 .classes = classifier.num_classes(),
                 .packing = {.rows = options.batch, .most_images = 1},
                 .on_samples = options.on_samples}) {}

}  // namespace certify
