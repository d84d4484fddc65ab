#include "apps/certify/run/gpu_sampling.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/sampling/host_sampler.h"
#include "core/sampling/scheduler.h"
#include "models/cuda/cuda_backend.h"
#include "models/libtorch_settings.h"

namespace certify {
namespace {

/// Shards of a run may be on different machines, and must have the same batch to be merged.
std::vector<std::int64_t> batches_to_try(const RunSettings& s) {
  if (s.batch > 0) return {s.batch};
  if (s.shard.count > 1) return {standard_batch(s.shape)};
  return batch_candidates(s.shape);
}

Tuning tuning_of(const Network& network, const NetworkLoader& load, const RunSettings& s,
                 spdlog::logger& log) {
  const auto batches = batches_to_try(s);
  const std::string gpu = gpu_name(network.options().device);
  // Behind a denoiser images may have another size.
  const std::string classifier =
      s.denoiser ? fmt::format("{}@{}+{}", s.denoiser->sha256, s.denoiser->resize, s.model_sha256)
                 : s.model_sha256;
  const std::string key =
      fmt::format("{}/{}/{}{}/{}/{}", classifier, gpu, to_string(s.precision),
                  s.deterministic ? "-deterministic" : "", s.libtorch, fmt::join(batches, ","));
  const auto cache = TuningCache::of_user();
  auto tuning = cache ? cache->find(key) : std::nullopt;
  if (!tuning) {
    log.info("trying batches of {} on {}", fmt::join(batches, ", "), gpu);
    tuning = tune_on_gpu(network, load, batches);
    if (cache) cache->store(key, *tuning);
  }
  log.info("batch {}{}: {:.0f} samples/s on {}", tuning->batch, tuning->fuse ? ", fused" : "",
           tuning->samples_per_second, gpu);
  return *tuning;
}

/// With one image a batch, even batches waste least.
std::int64_t wanted_batch(const RunSettings& s, std::int64_t fastest) {
  if (s.batch > 0 || !s.deterministic) return fastest;
  return even_batch(s.n0 + s.n, fastest);
}

/// What fits may have changed since it was measured: another process, another GPU.
bool fits(const Network& network, const SamplingPlan& plan, std::int64_t batch) {
  try {
    make_cuda_backend(network, plan, {.batch = batch});
  } catch (const OutOfDeviceMemory&) {
    release_cuda_memory();
    return false;
  }
  release_cuda_memory();
  return true;
}

/// The largest of batch, batch/2, … that fits on every GPU.
std::int64_t fitting_batch(const OpenRun& run, std::int64_t batch) {
  const SamplingPlan sampling = run.plan.sampling();
  for (const auto& network : run.networks) {
    while (!fits(*network, sampling, batch)) {
      if (batch == 1) {
        throw OutOfDeviceMemory("{}: no memory left on {} for a single row", network->name(),
                                network->options().device);
      }
      batch /= 2;
    }
  }
  return batch;
}

}  // namespace

void load_on_gpus(const std::vector<std::string>& devices, const NetworkLoader& load, OpenRun& run,
                  spdlog::logger& log) {
  RunSettings& s = run.plan.settings;
  const Tuning tuning = tuning_of(*run.networks.at(0), load, s, log);
  if (tuning.fuse) run.networks.clear();
  for (std::size_t i = run.networks.size(); i < devices.size(); ++i) {
    run.networks.push_back(load({devices[i], s.precision, s.deterministic, tuning.fuse}));
  }
  const std::int64_t batch = fitting_batch(run, wanted_batch(s, tuning.batch));
  if (s.batch > 0 && batch != s.batch) {
    throw OutOfDeviceMemory(
        "a batch of {} does not fit on {}: {} would. --batch {} --fresh starts over with that",
        s.batch, fmt::join(devices, ","), batch, batch);
  }
  if (batch < wanted_batch(s, tuning.batch)) {
    log.warn("batch {} does not fit now: {} it is", tuning.batch, batch);
  }
  s.batch = batch;
  run.workers = static_cast<int>(devices.size());
  std::vector<std::string> gpus;
  for (const auto& device : devices) gpus.push_back(gpu_name(device));
  auto& environment = run.manifest.sessions.at(0).environment;
  environment["gpus"] = gpus;
  environment["fused"] = tuning.fuse;
  environment["logits"] = s.deterministic
                              ? "bits hold for this batch and kind of GPU"
                              : "last bits may differ between processes and kinds of GPU";
}

std::unique_ptr<Sampler> make_gpu_sampler(const OpenRun& run,
                                          const std::function<void(std::int64_t)>& on_samples,
                                          const std::shared_ptr<spdlog::logger>& log) {
  const RunSettings& s = run.plan.settings;
  const auto warn = [log](const std::string& what) { log->warn(what); };
  std::vector<BackendFactory> workers;
  for (const auto& network : run.networks) {
    workers.push_back([&network, batch = s.batch, warn](const SamplingPlan& sampling) {
      try {
        return make_cuda_backend(*network, sampling, {.batch = batch, .warn = warn});
      } catch (const OutOfDeviceMemory& error) {  // it fitted a moment ago; the run has begun
        throw DeviceLost(error.what());
      }
    });
  }
  const int most_images = s.deterministic ? 1 : static_cast<int>(s.batch);
  return std::make_unique<Scheduler>(std::move(workers),
                                     SchedulerOptions{.shape = s.shape,
                                                      .classes = s.classes,
                                                      .packing = {s.batch, most_images},
                                                      .on_samples = on_samples});
}

}  // namespace certify
