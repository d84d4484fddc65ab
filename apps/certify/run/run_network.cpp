#include <algorithm>
#include <cmath>
#include <functional>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/certify/run/calibration.h"
#include "apps/certify/run/open_run.h"
#include "apps/certify/version.h"
#include "core/base/device_names.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/methods/counts/stop_at.h"
#include "core/noise/cell_noise.h"
#include "core/noise/families.h"
#include "core/sampling/host_sampler.h"
#include "models/libtorch_settings.h"
#include "models/model_catalogue.h"
#include "models/network_formats.h"
#ifdef CERTIFY_CUDA
#include "apps/certify/run/gpu_sampling.h"
#endif

namespace certify {
namespace {

namespace fs = std::filesystem;

/// The certificate holds for any model, but one trained on other noise is mostly a slip.
void warn_if_meant_for_something_else(const fs::path& file, const ModelCard& card,
                                      const RunSettings& s, spdlog::logger& log) {
  // Behind a denoiser there is little noise left.
  const bool noise_matters = card.denoiser || !s.denoiser;
  const bool same_noise = card.noise == kind_of(*s.noise_value().family) &&
                          (!s.sigma_map.empty() || std::abs(card.sigma - s.sigma) <= 1e-9);
  // Arrays may be images of anything.
  const bool other_images = card.dataset != s.dataset && s.dataset != "arrays";
  if (other_images || (noise_matters && !same_noise)) {
    log.warn("{} says it was trained on {} at sigma {}{}", file.string(), card.dataset, card.sigma,
             card.noise.empty() ? "" : fmt::format(" of {} noise", card.noise));
  }
}

fs::path choose_file(const OptionSet& o, RunSettings& s, spdlog::logger& log) {
  fs::path file = o.text("model");
  if (file.empty()) {
    const ModelCard card =
        choose_model(model_folders(o.text("model_dir")), s.dataset, s.noise_value());
    file = card.file;
    log.info("model: {} (trained on {} at sigma {}{})", file.string(), card.dataset, card.sigma,
             card.noise.empty() ? "" : fmt::format(" of {} noise", card.noise));
  }
  if (const auto card = card_of(file)) {
    require_classifier(*card);
    warn_if_meant_for_something_else(file, *card, s, log);
  }
  s.model = file.stem().string();
  return file;
}

fs::path default_out(const OptionSet& o, const RunSettings& s) {
  const NoiseFamily& family = *s.noise_value().family;
  const bool on_cube = !kind_of(family).empty();
  const std::string level = on_cube ? fmt::format("lambda{:.6g}", half_side_of(s.sigma))
                            : s.sigma_map.empty() ? fmt::format("s{}", s.sigma)
                                                  : "s" + short_value(o, "sigma_map");
  const std::string network = s.denoiser ? s.denoiser->name + "-" + s.model : s.model;
  std::string name = fmt::format("{}-{}-{}-n{}", s.dataset, network, level, s.n);
  if (on_cube) {
    std::string noise(family.name);
    std::ranges::replace(noise, ':', '-');
    name += "-" + noise;
  }
  if (s.method == "predict") name += "-predict";
  if (!s.stop_at.empty()) name += "-stop";
  if (s.shard.count > 1) name += fmt::format("-shard{}of{}", s.shard.index, s.shard.count);
  return fs::path("runs") / name;
}

/// A run that is continued keeps its noise, unless another is asked for.
void keep_noise(const OptionSet& o, const fs::path& out, RunPlan& plan, spdlog::logger& log) {
  if (o.given("noise") || o.flag("fresh")) return;
  const auto stored = read_manifest(out);
  if (stored && stored->settings.noise != plan.settings.noise) {
    set_noise(plan, stored->settings.noise);
    log.info("noise: {}, which the run in {} has", plan.settings.noise_value().family->name,
             out.string());
  }
}

/// As typed; else as the run has it that is continued; else as the model's card says.
void settle_normalization(const OptionSet& o, const fs::path& model, const fs::path& out,
                          RunSettings& s, spdlog::logger& log) {
  const auto card = card_of(model);
  const std::string of_card = normalization_of(card);
  const bool says = card && !card->normalization.empty();
  const std::string place = fs::path(model).replace_extension(".json").string();
  const bool typed = !s.normalize.empty();
  if (!typed) {
    const auto stored = o.flag("fresh") ? std::nullopt : read_manifest(out);
    s.normalize = stored ? stored->settings.normalize : of_card;
  }
  if (says && s.normalize != of_card) {
    log.warn("{}normalize {}: {} says {}", typed ? "--" : "the run's ", s.normalize, place,
             of_card == "none" ? "that it is inside the model" : of_card);
  } else if (!typed && s.normalize != "none") {
    log.info("normalisation: {} ({})", s.normalize, says ? place : "as the run has it");
  }
}

/// The batch as typed, or of the run that is to be continued: it must not change in mid-run.
/// @return 0 where it is free
std::int64_t fixed_batch(const OptionSet& o, const fs::path& out) {
  const std::int64_t typed = o.integer("batch");
  if (typed > 0 || o.flag("fresh")) return typed;
  const auto stored = read_manifest(out);
  return stored ? stored->settings.batch : 0;
}

/// A network may know more classes than a data set of labels alone.
void settle_classes(const Network& classifier, const DatasetInfo& data, OpenRun& run) {
  auto names = classes_of_network(data, classifier.name(), classifier.num_classes());
  run.plan.settings.classes = classifier.num_classes();
  run.manifest.class_names = std::move(names);
}

double largest_sigma(const RunPlan& plan) {
  if (!plan.sigma_map) return plan.settings.sigma;
  const auto& values = plan.sigma_map->values;
  return *std::max_element(values.begin(), values.end());
}

/// The batch is known only now, and a network may answer large ones in another way than small ones.
void try_batch_of_run(OpenRun& run, spdlog::logger& log) {
  constexpr std::int64_t kMostFloats = 1 << 28;  // 1 GiB of images
  constexpr std::int64_t kNoisyRows = 64;        // seconds of a large network on a CPU
  RunSettings& s = run.plan.settings;
  Network& network = *run.networks.at(0);
  // Rows up to a batch that the network is fixed to are run anyway.
  const std::int64_t fitting =
      std::max(kMostFloats / s.shape.size(), std::max<std::int64_t>(network.fixed_batch(), 1));
  for (std::int64_t rows = std::min(s.batch, fitting);; rows /= 2) {
    try {
      network.try_batch(rows);
      network.try_noise(largest_sigma(run.plan), std::min(rows, kNoisyRows));
      break;
    } catch (const OutOfDeviceMemory&) {  // this way through the network takes more than a run's
      if (rows == 1) throw;
    }
  }
  s.batch_dependent = !network.batch_dependence().empty();
  if (!s.batch_dependent) return;
  log.warn("{}: {}; the run is marked: its radii are not certificates", network.name(),
           network.batch_dependence());
}

/// What the file turned out to be, where that is not what most are.
void describe_network(const fs::path& file, OpenRun& run, nlohmann::ordered_json& environment,
                      spdlog::logger& log) {
  const Network& network = *run.networks[0];
  RunSettings& s = run.plan.settings;
  environment["network"] = format_of(file).name;
  if (network.options().precision != s.precision) {
    log.info("{}: computes in a precision of its own, and runs as it is written", network.name());
    s.precision = network.options().precision;
  }
  if (network.fixed_batch() > 0) {
    environment["network_batch"] = network.fixed_batch();
    log.info("{}: takes batches of {} only; others are cut and filled up", network.name(),
             network.fixed_batch());
  }
}

/// One that wastes no rows: neither of a network that takes only its own batch, nor at the end.
std::int64_t cpu_batch(const OpenRun& run) {
  const RunSettings& s = run.plan.settings;
  const std::int64_t even = even_batch(run.plan.stopping ? kLookUnit : s.n0 + s.n);
  const std::int64_t fixed = run.networks[0]->fixed_batch();
  return fixed == 0 ? even : fixed * ((even + fixed - 1) / fixed);
}

/// The first images of the training split, or of the run's own where that is not there, or is the
/// same: arrays have one split under all names. They set scales; no label and no sample of the run
/// is looked at.
std::vector<LabeledImage> calibration_images(const DatasetRequest& request, const Dataset& own,
                                             std::int64_t count, std::string& name) {
  std::unique_ptr<Dataset> training;
  if (own.info().split != "train") {
    try {
      DatasetRequest train = request;
      train.split = "train";
      training = open_dataset(train);
      const bool is_other = training->info().shape == own.info().shape &&
                            training->at(0).image.pixels != own.at(0).image.pixels;
      if (!is_other) training = nullptr;
    } catch (const Error&) {  // not every data set has one, and not everybody all of it
    }
  }
  const Dataset& from = training ? *training : own;
  std::vector<LabeledImage> images;
  for (std::int64_t i = 0; i < std::min(count, from.size()); ++i) images.push_back(from.at(i));
  name = fmt::format("{}:{}", from.info().split, images.size());
  return images;
}

/// A file of 8 bits brings its scales, and a run that is continued keeps its own.
void settle_ranges(const OptionSet& o, const fs::path& file, const DatasetRequest& request,
                   OpenRun& run, spdlog::logger& log) {
  RunSettings& s = run.plan.settings;
  const auto pass_over_calibration = [&](const char* why) {
    if (o.given("calibration")) log.warn("--calibration: sets nothing here, {}", why);
  };
  if (s.precision != Precision::kInt8) {
    pass_over_calibration("only --precision int8 has scales");
    return;
  }
  if (const auto of_file = quantization_of(file)) {
    if (s.normalize != of_file->normalize) {
      throw InputError("{}: its ranges are of images that are normalised by --normalize {}",
                       file.string(), of_file->normalize);
    }
    s.int8_ranges = of_file->ranges;
    s.calibration = "file";
    pass_over_calibration("the network's file has its scales");
    log.info("int8: scales of the file");
    return;
  }
  const auto stored = read_manifest(run.out);
  if (stored && !o.flag("fresh") && stored->settings.precision == Precision::kInt8 &&
      stored->settings.denoiser == s.denoiser &&
      stored->settings.model_sha256 == sha256_of_file(file)) {
    s.int8_ranges = stored->settings.int8_ranges;
    s.calibration = stored->settings.calibration;
    pass_over_calibration("the run keeps its scales; --fresh starts over");
    return;
  }
  const auto images =
      calibration_images(request, *run.dataset, o.integer("calibration"), s.calibration);
  NetworkOptions options;
  options.output = s.output;
  options.allow_batch_dependent = s.batch_dependent;
  options.denoiser = run.denoiser;
  s.int8_ranges =
      to_text(calibrated_ranges(file, parse_normalization(s.normalize, s.shape.channels), options,
                                images, s.noise_value(run.plan.map()), s.seed));
  log.info("int8: scales set by {} noisy images of {} ({})", images.size(), s.dataset,
           s.calibration.substr(0, s.calibration.find(':')));
}

void settle_denoiser(const fs::path& file, OpenRun& run, spdlog::logger& log) {
  RunSettings& s = run.plan.settings;
  if (!s.denoiser) return;
  run.denoiser = s.denoiser_in(file);
  format_of(file);  // there, and a network?
  s.denoiser->sha256 = sha256_of_file(file);
  run.manifest.denoiser_file = file.string();
  if (const auto card = card_of(file); card && card->denoiser) {
    warn_if_meant_for_something_else(file, *card, s, log);
  }
  if (s.denoiser->step >= 0) {
    log.info("denoiser: asked at step {}, the first of its schedule with noise of sigma {}",
             s.denoiser->step, s.sigma);
    if (const std::string_view noise = kind_of(*s.noise_value().family); !noise.empty()) {
      log.warn("a diffusion model knows normal noise, and may do little about {} noise", noise);
    }
  }
}

}  // namespace

void load_network(const OptionSet& o, const DatasetRequest& request, OpenRun& run,
                  spdlog::logger& log) {
  RunSettings& s = run.plan.settings;
  const fs::path file = choose_file(o, s, log);
  const auto devices = resolve_devices(o.text("device"));
  run.out = o.given("out") ? fs::path(o.text("out")) : default_out(o, s);
  std::error_code unreadable;  // is told by who writes there
  if (fs::exists(run.out, unreadable) && !fs::is_directory(run.out, unreadable)) {
    throw InputError("--out {}: is a file, and a run is a folder", run.out.string());
  }
  settle_normalization(o, file, run.out, s, log);
  keep_noise(o, run.out, run.plan, log);
  s.batch = fixed_batch(o, run.out);
  s.batch_dependent = o.flag("allow_batch_dependent");
  run.allow_native_code = o.flag("allow_native_code");
  settle_denoiser(o.text("denoiser"), run, log);
  if (devices[0] == "cpu") settle_ranges(o, file, request, run, log);
  load_on_devices(file, devices, static_cast<int>(o.integer("workers")), run.dataset->info(), run,
                  log);
  run.manifest.model_file = file.string();
}

void load_on_devices(const fs::path& file, const std::vector<std::string>& devices, int workers,
                     const DatasetInfo& data, OpenRun& run, [[maybe_unused]] spdlog::logger& log) {
  RunSettings& s = run.plan.settings;
  s.device = devices[0].substr(0, devices[0].find(':'));
  require_precision(s.device, s.precision);
  if (s.device == "cpu") s.precision = precision_on_cpu(s.precision);
  s.libtorch = libtorch_version();
  const Normalization normalization = parse_normalization(s.normalize, s.shape.channels);
  const auto load = [&](NetworkOptions options) {
    options.output = s.output;
    options.allow_native_code = run.allow_native_code;
    options.allow_batch_dependent = s.batch_dependent;
    options.denoiser = run.denoiser;
    if (!s.int8_ranges.empty()) options.ranges = parse_ranges(s.int8_ranges);
    return open_network(file, s.shape, normalization, options);
  };
  run.networks.push_back(load({devices[0], s.precision, s.deterministic}));
  settle_classes(*run.networks[0], data, run);
  s.model_sha256 = sha256_of_file(file);
  auto& environment = run.manifest.sessions.at(0).environment;
  describe_network(file, run, environment, log);
  environment["device"] = fmt::format("{}", fmt::join(devices, ","));
  if (s.device == "cpu") {
    // The engine's convolutions give the same bits on every processor that has them (fp32: AVX2). A
    // processor without them uses LibTorch's, and last bits of logits differ.
    environment["engine_convolutions"] = run.networks[0]->fused_convolutions();
    if (s.batch == 0) s.batch = cpu_batch(run);
    run.workers =
        workers > 0 ? workers : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }
#ifdef CERTIFY_CUDA
  if (s.device != "cpu") load_on_gpus(devices, load, run, log);
#endif
  try_batch_of_run(run, log);
}

std::unique_ptr<Sampler> make_sampler(const OpenRun& run,
                                      const std::function<void(std::int64_t)>& on_samples,
                                      [[maybe_unused]] const std::shared_ptr<spdlog::logger>& log) {
#ifdef CERTIFY_CUDA
  if (run.plan.settings.device != "cpu") return make_gpu_sampler(run, on_samples, log);
#endif
  return std::make_unique<HostSampler>(
      *run.networks.at(0), HostSamplerOptions{run.workers, run.plan.settings.batch, on_samples});
}

}  // namespace certify
