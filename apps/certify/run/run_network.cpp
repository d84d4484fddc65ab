#include "apps/certify/run/run_network.h"

#include <cmath>
#include <functional>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/methods/counts/stop_at.h"
#include "core/sampling/host_sampler.h"
#include "core/sigma_map/sigma_map_file.h"
#include "models/devices.h"
#include "models/model_catalogue.h"
#ifdef CERTIFY_CUDA
#include "apps/certify/run/gpu_sampling.h"
#endif

namespace certify {
namespace {

namespace fs = std::filesystem;

/// The certificate holds for any model, but one trained on other noise is mostly a slip.
void warn_if_meant_for_something_else(const fs::path& file, const RunSettings& s,
                                      spdlog::logger& log) {
  const auto card = card_of(file);
  if (!card) return;
  const bool same_noise = !s.sigma_map.empty() || std::abs(card->sigma - s.sigma) <= 1e-9;
  if (card->dataset != s.dataset || !same_noise) {
    log.warn("{} says it was trained on {} at sigma {}", file.string(), card->dataset, card->sigma);
  }
}

fs::path choose_file(const RunOptions& o, RunSettings& s, spdlog::logger& log) {
  fs::path file = o.model;
  s.normalize = o.normalize.empty() ? "none" : o.normalize;
  if (o.model.empty() && !s.sigma_map.empty()) {
    throw InputError("--sigma-map: say by --model which network; it was trained at no one sigma");
  }
  if (o.model.empty()) {
    const ModelCard card = choose_model(model_folders(o.model_dir), s.dataset, s.sigma);
    file = card.file;
    if (o.normalize.empty()) s.normalize = card.normalization;
    log.info("model: {} (trained on {} at sigma {})", file.string(), card.dataset, card.sigma);
  }
  warn_if_meant_for_something_else(file, s, log);
  s.model = file.stem().string();
  return file;
}

fs::path default_out(const RunOptions& o, const RunSettings& s) {
  const std::string sigma =
      s.sigma_map.empty() ? fmt::format("{}", s.sigma) : name_of_map(o.sigma_map);
  std::string name = fmt::format("{}-{}-s{}-n{}", s.dataset, s.model, sigma, s.n);
  if (s.method == "predict") name += "-predict";
  if (!s.stop_at.empty()) name += "-stop";
  if (s.shard.count > 1) name += fmt::format("-shard{}of{}", s.shard.index, s.shard.count);
  return fs::path("runs") / name;
}

/// The batch as typed, or of the run that is to be continued: it must not change in mid-run.
/// @return 0 where it is free
std::int64_t fixed_batch(const RunOptions& o, const fs::path& out) {
  if (o.batch > 0 || o.fresh) return o.batch;
  const auto stored = read_manifest(out);
  return stored ? stored->settings.batch : 0;
}

void check_classes(const Network& classifier, const RunSettings& s) {
  if (classifier.num_classes() == s.classes) return;
  throw DataError(fmt::format(
      "{}: answers with {} classes, but {} has {}{}", classifier.name(), classifier.num_classes(),
      s.dataset, s.classes,
      s.dataset == "image-folder" ? "; --classes FILE lists all that the model knows" : ""));
}

}  // namespace

void resolve_network(const RunOptions& o, RunPlan& plan, spdlog::logger& log) {
  RunSettings& s = plan.settings;
  const fs::path file = choose_file(o, s, log);
  const auto devices = resolve_devices(o.device);
  s.device = devices[0].substr(0, devices[0].find(':'));
  s.precision = parse_precision(o.precision);
  s.deterministic = o.deterministic;
  s.libtorch = libtorch_version();
  if (s.device == "cpu" && s.precision != Precision::kFp32) {
    throw InputError(fmt::format("--precision {}: on the CPU there is fp32 only", o.precision));
  }
  plan.out = o.out.empty() ? default_out(o, s) : fs::path(o.out);
  s.batch = fixed_batch(o, plan.out);
  const Normalization normalization = parse_normalization(s.normalize, s.shape.channels);
  const auto load = [&](const NetworkOptions& options) {
    return open_network(file, s.shape, normalization, options);
  };
  plan.networks.push_back(load({devices[0], s.precision, s.deterministic}));
  check_classes(*plan.networks[0], s);
  s.model_sha256 = sha256_of_file(file);
  plan.manifest.model_file = file.string();
  auto& environment = plan.manifest.sessions.at(0).environment;
  environment["device"] = fmt::format("{}", fmt::join(devices, ","));
  if (s.device == "cpu") {
    // Logits differ in their last bits between processors that have this and those that have not.
    environment["winograd_convolutions"] = plan.networks[0]->fused_convolutions();
    if (s.batch == 0) s.batch = even_batch(plan.stopping ? kLookUnit : s.n0 + s.n);
    plan.workers = o.workers > 0
                       ? o.workers
                       : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    return;
  }
#ifdef CERTIFY_CUDA
  resolve_on_gpus(devices, load, plan, log);
#endif
}

std::unique_ptr<Sampler> make_sampler(const RunPlan& plan,
                                      const std::function<void(std::int64_t)>& on_samples,
                                      [[maybe_unused]] const std::shared_ptr<spdlog::logger>& log) {
#ifdef CERTIFY_CUDA
  if (plan.settings.device != "cpu") return make_gpu_sampler(plan, on_samples, log);
#endif
  return std::make_unique<HostSampler>(
      *plan.networks.at(0), HostSamplerOptions{plan.workers, plan.settings.batch, on_samples});
}

}  // namespace certify
