#include "apps/certify/run_options.h"

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/version.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/methods/catalogue.h"
#include "core/sampling/host_sampler.h"
#include "core/sampling/noise.h"
#include "models/model_catalogue.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

void check(const RunOptions& o) {
  if (!(o.sigma > 0 && std::isfinite(o.sigma))) {
    throw InputError(fmt::format("--sigma {}: must be a positive number", o.sigma));
  }
  if (!(o.alpha > 0 && o.alpha < 1)) {
    throw InputError(fmt::format("--alpha {}: must lie between 0 and 1", o.alpha));
  }
  constexpr std::int64_t kMost = 4'000'000'000;
  if (o.n < 1 || o.n > kMost) throw InputError(fmt::format("--n {}: must be 1 to {}", o.n, kMost));
  if (o.n0 < 0 || o.n0 > kMost)
    throw InputError(fmt::format("--n0 {}: must be 0 to {}", o.n0, kMost));
  if (o.batch < 0 || o.batch > 65536) {
    throw InputError(fmt::format("--batch {}: must be 1 to 65536", o.batch));
  }
  if (o.workers < 0 || o.workers > 1024) {
    throw InputError(fmt::format("--workers {}: must be 1 to 1024", o.workers));
  }
  if (o.log.format != "text" && o.log.format != "json") {
    throw InputError(fmt::format("--log-format {}: expected text or json", o.log.format));
  }
}

/// --n0 0 means the same samples; other ways to select need no selection samples either.
void resolve_selection(const RunOptions& o, RunSettings& s) {
  if (o.method == "predict") {
    s.select = Selection::kSame;
    s.n0 = 0;
    return;
  }
  s.select = o.select.empty() ? (o.n0 == 0 ? Selection::kSame : Selection::kSeparate)
                              : parse_selection(o.select);
  if (s.select == Selection::kSeparate && o.n0 == 0) {
    throw InputError("--select n0 needs selection samples: give --n0 a number, or --select same");
  }
  s.n0 = (s.select == Selection::kSeparate || o.n0_given) ? o.n0 : 0;
}

std::string needed_scores(SampleNeeds needs) {
  switch (needs) {
    case SampleNeeds::kCounts:
      return "none";
    case SampleNeeds::kTrace:
      return "trace";
    case SampleNeeds::kHistogram:
      return "histogram";
  }
  throw InputError("no such needs");
}

void resolve_scores(const RunOptions& o, const Method& method, RunSettings& s) {
  if (!(o.temperature > 0 && std::isfinite(o.temperature))) {
    throw InputError(fmt::format("--temperature {}: must be a positive number", o.temperature));
  }
  if (o.score_bins < 2 || o.score_bins > 1 << 20) {
    throw InputError(fmt::format("--score-bins {}: must be 2 to 1048576", o.score_bins));
  }
  if (!(o.lipschitz >= 0 && std::isfinite(o.lipschitz))) {
    throw InputError(fmt::format("--lipschitz {}: must be a number >= 0", o.lipschitz));
  }
  s.lipschitz = o.lipschitz;
  s.scores = {parse_score_keeping(o.scores.empty() ? needed_scores(method.needs) : o.scores),
              parse_score_link(o.score_link), o.temperature, o.score_bins,
              s.select == Selection::kLabel};
  const bool enough =
      method.needs == SampleNeeds::kCounts || s.scores.keep == ScoreKeeping::kTrace ||
      (s.scores.keep == ScoreKeeping::kHistogram && method.needs == SampleNeeds::kHistogram);
  if (!enough) {
    throw InputError(
        fmt::format("--method {} needs --scores {}", method.name, needed_scores(method.needs)));
  }
  const bool of_one_class =
      s.scores.keep == ScoreKeeping::kTrace || s.scores.keep == ScoreKeeping::kHistogram;
  if (of_one_class && s.select == Selection::kSame) {
    throw InputError(
        "--scores trace and histogram keep the scores of one class, which must be known "
        "first: --select n0 or label");
  }
}

void resolve_dataset(const RunOptions& o, RunPlan& plan) {
  const std::string dir = o.data_dir.empty() ? environment("CERTIFY_DATA") : o.data_dir;
  plan.dataset = open_dataset({o.dataset, o.split, dir});
  const DatasetInfo& info = plan.dataset->info();
  RunSettings& s = plan.settings;
  s.dataset = info.name;
  s.split = info.split;
  s.dataset_sha256 = plan.dataset->sha256();
  s.shape = info.shape;
  s.classes = static_cast<int>(info.class_names.size());
  s.start = o.slice.start;
  s.skip = o.slice.skip;
  s.count = o.slice.count;
  s.shard = parse_shard(o.shard);
  const auto slice = slice_indices(o.slice, plan.dataset->size());
  for (std::size_t p = 0; p < slice.size(); ++p) {
    if (static_cast<int>(p % static_cast<std::size_t>(s.shard.count)) == s.shard.index) {
      plan.indices.push_back(slice[p]);
    }
  }
  plan.manifest.data_dir = dir;
  plan.manifest.class_names = info.class_names;
}

/// The certificate holds for any model, but one trained on other noise is mostly a slip.
void warn_if_meant_for_something_else(const fs::path& file, const RunSettings& s,
                                      spdlog::logger& log) {
  const auto card = card_of(file);
  if (card && (card->dataset != s.dataset || std::abs(card->sigma - s.sigma) > 1e-9)) {
    log.warn("{} says it was trained on {} at sigma {}", file.string(), card->dataset, card->sigma);
  }
}

void resolve_model(const RunOptions& o, RunPlan& plan, spdlog::logger& log) {
  RunSettings& s = plan.settings;
  fs::path file = o.model;
  std::string normalize = o.normalize.empty() ? "none" : o.normalize;
  if (o.model.empty()) {
    const ModelCard card = choose_model(model_folders(o.model_dir), s.dataset, s.sigma);
    file = card.file;
    if (o.normalize.empty()) normalize = card.normalization;
    log.info("model: {} (trained on {} at sigma {})", file.string(), card.dataset, card.sigma);
  }
  warn_if_meant_for_something_else(file, s, log);
  const std::string device = resolve_device(o.device);
  s.normalize = normalize;
  s.device = device.substr(0, device.find(':'));
  s.precision = "fp32";
  s.libtorch = libtorch_version();
  s.model = file.stem().string();
  plan.classifier = std::make_unique<TorchScriptClassifier>(
      file, s.shape, parse_normalization(normalize, s.shape.channels), device);
  if (plan.classifier->num_classes() != s.classes) {
    throw DataError(fmt::format("{}: answers with {} classes, but {} has {}", file.string(),
                                plan.classifier->num_classes(), s.dataset, s.classes));
  }
  s.model_sha256 = sha256_of_file(file);
  plan.manifest.model_file = file.string();
  plan.manifest.sessions.at(0).environment["device"] = device;
}

nlohmann::ordered_json describe_environment(int workers) {
  char host[128] = {};
  ::gethostname(host, sizeof host - 1);
  return {{"workers", workers},
          {"host", host},
          {"certify", kVersion},
          {"commit", kCommit},
          {"noise_path", noise_paths().front().name}};
}

/// "Everything abstains" is the question most asked about such tools.
void warn_if_nothing_can_be_certified(const RunPlan& plan, const Method& method,
                                      spdlog::logger& log) {
  const RunSettings& s = plan.settings;
  const auto needed = smallest_certifying_n(method, s.method_options(), s.classes);
  if (needed >= 0 && s.n >= needed) return;
  log.warn("with n = {} at alpha = {} every image abstains, even if all samples agree; {}", s.n,
           s.alpha,
           needed < 0 ? "no n changes that"
                      : fmt::format("the smallest n that can certify is {}", needed));
}

fs::path default_out(const RunSettings& s) {
  std::string name = fmt::format("{}-{}-s{}-n{}", s.dataset, s.model, s.sigma, s.n);
  if (s.method == "predict") name += "-predict";
  if (s.shard.count > 1) name += fmt::format("-shard{}of{}", s.shard.index, s.shard.count);
  return fs::path("runs") / name;
}

int default_workers(const std::string& device) {
  if (device != "cpu") return 2;  // one draws noise while the other's batch is on the device
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

void add_run_options(CLI::App& app, RunOptions& o, bool predict) {
  // As in the field's Python scripts, the last one counts: `certify $COMMON --sigma 0.5`.
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  const char* data = "Data";
  app.add_option("--dataset", o.dataset, "Data set; `certify datasets` lists them")->group(data);
  app.add_option("--data-dir", o.data_dir, "Where the data set lies [$CERTIFY_DATA]")->group(data);
  app.add_option("--split", o.split, "test or train")->capture_default_str()->group(data);
  app.add_option("--skip", o.slice.skip, "Take every K-th image")
      ->capture_default_str()
      ->group(data);
  app.add_option("--start", o.slice.start, "First image")->capture_default_str()->group(data);
  app.add_option("--count", o.slice.count, "At most this many images [all]")->group(data);
  app.add_option("--shard", o.shard,
                 "I/N, I from 0: this run's part of the images; `certify merge` joins them")
      ->group(data);

  const char* model = "Model";
  app.add_option("--model", o.model,
                 "TorchScript file: [B,C,H,W] in [0,1] to [B,m] logits [the one that fits data set "
                 "and sigma; `certify models`]")
      ->group(model);
  app.add_option("--model-dir", o.model_dir, "Folder of models to choose from [$CERTIFY_MODELS]")
      ->group(model);
  app.add_option(
         "--normalize", o.normalize,
         "cifar10, imagenet, none or MEAN/STD: for models without a normalisation of their own")
      ->group(model);
  app.add_option("--device", o.device, "auto, cpu, cuda or cuda:K")
      ->capture_default_str()
      ->group(model);

  const char* certificate = "Certificate";
  app.add_option("--sigma", o.sigma,
                 "Noise standard deviation, in units of the [0,1] input before normalisation")
      ->group(certificate);
  app.add_option("--n,--N", o.n, "Samples that estimate the probability")
      ->capture_default_str()
      ->group(certificate);
  app.add_option("--alpha", o.alpha, "Failure probability of each certificate")
      ->capture_default_str()
      ->group(certificate);
  app.add_option("--seed", o.seed, "Seed of the noise")->capture_default_str()->group(certificate);
  app.add_option("--batch", o.batch, "Rows of a forward pass [even batches of at most 64]")
      ->group(certificate);
  if (predict) {
    o.method = "predict";
  } else {
    app.add_option_function<std::int64_t>(
           "--n0,--N0",
           [&o](const std::int64_t& n0) {
             o.n0 = n0;
             o.n0_given = true;
           },
           "Samples that select the class; 0: the same samples, paid for out of alpha [100]")
        ->group(certificate);
    app.add_option("--method", o.method, "How counts become a radius; `certify methods` lists them")
        ->capture_default_str()
        ->group(certificate);
    app.add_flag("--allow-unsound", o.allow_unsound,
                 "Admit printed methods that are not certificates; everything is marked")
        ->group(certificate);
    app.add_option(
           "--select", o.select,
           "Class under test: n0 (from the n0 samples), same (from the n samples, paid for out "
           "of alpha) or label (known; enough for a certified-accuracy curve)")
        ->group(certificate);
  }

  const char* scores = "Soft outputs";
  if (!predict) {
    app.add_option("--scores", o.scores,
                   "What is kept of them: none, trace, histogram or matrix [what the method needs]")
        ->group(scores);
    app.add_option("--score-link", o.score_link, "softmax or sparsemax")
        ->capture_default_str()
        ->group(scores);
    app.add_option("--temperature", o.temperature, "Logits are divided by it")
        ->capture_default_str()
        ->group(scores);
    app.add_option("--score-bins", o.score_bins, "Bins of --scores histogram")
        ->capture_default_str()
        ->group(scores);
    app.add_option("--lipschitz", o.lipschitz, "A proven ℓ2 Lipschitz constant of the scores")
        ->group(scores);
  }

  const char* run = "Run";
  app.add_option("--out", o.out,
                 "Folder of the run; resumed when it is there "
                 "[runs/<dataset>-<model>-s<sigma>-n<n>]")
      ->group(run);
  app.add_flag("--fresh", o.fresh, "Start over, deleting what the folder holds of an earlier run")
      ->group(run);
  app.add_option("--workers,--threads", o.workers, "Threads that sample [one a core]")->group(run);
  app.add_option("--log-format", o.log.format, "text or json, on stderr")
      ->capture_default_str()
      ->group(run);
  app.add_flag("--quiet", o.log.quiet, "Warnings and errors only")->group(run);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);
}

RunPlan make_plan(const RunOptions& o, spdlog::logger& log) {
  check(o);
  RunPlan plan;
  RunSettings& s = plan.settings;
  s.sigma = o.sigma;
  s.n = o.n;
  s.alpha = o.alpha;
  s.seed = o.seed;
  s.method = o.method;
  s.noise = kNoiseName;
  const Method& method =
      find_method(o.method, o.allow_unsound ? Unsound::kAllow : Unsound::kRefuse);
  resolve_selection(o, s);
  resolve_scores(o, method, s);
  s.batch = o.batch > 0 ? o.batch : even_batch(s.n0 + s.n);
  plan.manifest.sessions = {{utc_now(), "", 0, 0, {}}};
  resolve_dataset(o, plan);
  if (method.name != "predict") warn_if_nothing_can_be_certified(plan, method, log);
  resolve_model(o, plan, log);
  plan.workers = o.workers > 0 ? o.workers : default_workers(s.device);
  plan.out = o.out.empty() ? default_out(s) : fs::path(o.out);
  auto& session = plan.manifest.sessions.at(0).environment;
  session.update(describe_environment(plan.workers));
  plan.manifest.settings = s;
  plan.manifest.images = static_cast<std::int64_t>(plan.indices.size());
  return plan;
}

}  // namespace certify
