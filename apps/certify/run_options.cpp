#include "apps/certify/run_options.h"

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>

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

RunOptions to_run_options(const OptionSet& options) {
  RunOptions o;
  o.dataset = options.text("dataset");
  o.data_dir = options.text("data_dir");
  o.split = options.text("split");
  o.slice = {options.integer("start"), options.integer("skip"), options.integer("count")};
  o.shard = options.text("shard");
  o.model = options.text("model");
  o.model_dir = options.text("model_dir");
  o.normalize = options.text("normalize");
  o.device = options.text("device");
  o.sigma = options.given("sigma") ? options.number("sigma") : 0;
  o.n = options.integer("n");
  o.alpha = options.number("alpha");
  o.seed = options.unsigned_integer("seed");
  o.batch = options.integer("batch");
  o.n0 = options.integer("n0");
  o.n0_given = options.given("n0");
  o.method = options.text("method");
  o.allow_unsound = options.flag("allow_unsound");
  o.select = options.text("select");
  o.scores = options.text("scores");
  o.score_link = options.text("score_link");
  o.temperature = options.number("temperature");
  o.score_bins = static_cast<int>(options.integer("score_bins"));
  o.lipschitz = options.number("lipschitz");
  o.out = options.text("out");
  o.fresh = options.flag("fresh");
  o.workers = static_cast<int>(options.integer("workers"));
  o.log = {options.text("log_format"), options.flag("quiet")};
  if (o.dataset.empty() || !options.given("sigma")) {
    throw InputError("--dataset and --sigma are needed; certify --help shows all options");
  }
  return o;
}

RunPlan make_plan(const RunOptions& o, spdlog::logger& log) {
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
