#include "apps/certify/bench/bench_engine.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "core/sampling/host_sampler.h"
#include "core/sampling/scheduler.h"
#include "models/network.h"
#ifdef CERTIFY_CUDA
#include "core/base/errors.h"
#include "models/cuda/cuda_backend.h"
#endif

namespace certify {
namespace {

constexpr std::int64_t kSelection = 100, kLarge = 1'000'000'000, kSmall = 1000;

using OnSamples = std::function<void(std::int64_t)>;

/// Runs a sampler on image after image, and stops it when the time is over. The clock starts when
/// the first batch is home: a GPU's backend is made anew for each run, and its warm-up, contest and
/// capture take a good part of a round.
class EngineRun {
 public:
  EngineRun(const EngineSetting& setting, std::int64_t n,
            const std::function<std::unique_ptr<Sampler>(const OnSamples&)>& make)
      : image_(setting.image),
        plan_{.n0 = kSelection, .n = n, .noise = setting.noise},
        sampler_(make([this](std::int64_t k) { add(k); })) {}

  Measurement measure(double seconds) {
    meter_.reset();
    seconds_ = seconds;
    samples_ = 0;
    stop_ = false;
    std::int64_t next = 0;
    sampler_->run(
        [&] {
          return LabeledImage{next++, 0, image_};
        },
        plan_, [](const ImageSamples&) {}, stop_);
    return measured_;
  }

 private:
  void add(std::int64_t samples) {  // from the workers
    const std::lock_guard lock(mutex_);
    if (stop_) return;  // on its way when the time was over
    if (!meter_) {
      meter_.emplace();
      return;
    }
    samples_ += samples;
    if (meter_->seconds() < seconds_) return;
    measured_ = meter_->read(samples_);
    stop_ = true;
  }

  Image image_;
  SamplingPlan plan_;
  std::unique_ptr<Sampler> sampler_;
  std::mutex mutex_;
  std::optional<UsageMeter> meter_;
  double seconds_ = 0;
  std::int64_t samples_ = 0;
  Measurement measured_;
  StopFlag stop_ = false;
};

using SharedNetwork = std::shared_ptr<const Network>;

std::unique_ptr<Network> load(const EngineSetting& s, const NetworkOptions& options) {
  return open_network(s.model, s.image.shape, s.normalization, options);
}

/// A network that is timed beside the engine's: what it is called, and as it is run.
struct Rival {
  std::string name;
  SharedNetwork network;
};

std::vector<Rival> rivals_of(const EngineSetting& s) {
  std::vector<Rival> out;
  if (s.beside.empty()) return out;
  NetworkOptions as_written = s.network;
  as_written.as_written = true;
  out.push_back({"as the file is written", load(s, as_written)});
  for (const auto& file : s.beside) {
    EngineSetting other = s;
    other.model = file;
    out.push_back({file.filename().string(), load(other, s.network)});
  }
  return out;
}

BenchRow host_row(const EngineSetting& s, const SharedNetwork& network, std::string key,
                  std::string what, int workers, std::int64_t n) {
  const std::int64_t batch = s.batch > 0 ? s.batch : even_batch(kSelection + n);
  const auto run = std::make_shared<EngineRun>(s, n, [&](const OnSamples& on_samples) {
    return std::make_unique<HostSampler>(*network, HostSamplerOptions{workers, batch, on_samples});
  });
  return {std::move(key), std::move(what), batch, workers,
          [network, run](double seconds) { return run->measure(seconds); }};
}

std::vector<BenchRow> host_rows(const EngineSetting& s) {
  const SharedNetwork network = load(s, s.network);
  std::vector<BenchRow> out;
  if (s.workers > 1) {
    out.push_back(host_row(s, network, "engine-one-worker", "engine, one worker", 1, kLarge));
  }
  out.push_back(host_row(s, network, "engine", "engine", s.workers, kLarge));
  out.push_back(
      host_row(s, network, "engine-small-n", "engine, n0 = 100, n = 1000", s.workers, kSmall));
  for (const Rival& rival : rivals_of(s)) {
    out.push_back(host_row(s, rival.network, rival.name, rival.name, s.workers, kLarge));
  }
  return out;
}

#ifdef CERTIFY_CUDA
struct GpuSteps {
  bool graph = true;
  bool packing = true;
};

BenchRow gpu_row(const EngineSetting& s, const SharedNetwork& network, std::int64_t batch,
                 std::string key, std::string what, const GpuSteps& steps, std::int64_t n) {
  const auto run = std::make_shared<EngineRun>(s, n, [&](const OnSamples& on_samples) {
    const std::vector<BackendFactory> workers{
        [network, options = CudaBackendOptions{.batch = batch, .graph = steps.graph}](
            const SamplingPlan& plan) { return make_cuda_backend(*network, plan, options); }};
    const int most_images = steps.packing ? static_cast<int>(batch) : 1;
    return std::make_unique<Scheduler>(workers, SchedulerOptions{.shape = s.image.shape,
                                                                 .classes = network->num_classes(),
                                                                 .packing = {batch, most_images},
                                                                 .on_samples = on_samples});
  });
  return {std::move(key), std::move(what), batch, 1,
          [run](double seconds) { return run->measure(seconds); }};
}

std::vector<BenchRow> gpu_rows(const EngineSetting& s) {
  SharedNetwork network = load(s, s.network);
  const auto batches = s.batch > 0 ? std::vector{s.batch} : batch_candidates(s.image.shape);
  const auto again = [&](const NetworkOptions& options) { return load(s, options); };
  const Tuning tuning = tune_on_gpu(*network, again, batches);
  const std::int64_t batch = tuning.batch;
  if (s.batch > 0 && batch != s.batch) {
    throw OutOfDeviceMemory("a batch of {} does not fit on {}: {} would", s.batch, s.network.device,
                            batch);
  }
  if (tuning.fuse) {
    NetworkOptions options = s.network;
    options.fuse = true;
    network = load(s, options);
  }
  const auto row = [&](std::string key, std::string what, const GpuSteps& steps, std::int64_t n) {
    return gpu_row(s, network, batch, std::move(key), std::move(what), steps, n);
  };
  std::vector<BenchRow> out{row("engine-no-graph", "engine, no graph", {.graph = false}, kLarge),
                            row("engine", "engine", {}, kLarge),
                            row("engine-small-n-no-packing", "engine, n = 1000, an image a batch",
                                {.packing = false}, kSmall),
                            row("engine-small-n", "engine, n0 = 100, n = 1000", {}, kSmall)};
  for (const Rival& rival : rivals_of(s)) {
    out.push_back(gpu_row(s, rival.network, batch, rival.name, rival.name, {}, kLarge));
  }
  return out;
}
#endif

}  // namespace

std::vector<BenchRow> engine_rows(const EngineSetting& setting) {
#ifdef CERTIFY_CUDA
  if (setting.network.device != "cpu") return gpu_rows(setting);
#endif
  return host_rows(setting);
}

}  // namespace certify
