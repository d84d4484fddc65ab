#include "apps/certify/run/run_options.h"

#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "apps/certify/options/dataset_options.h"
#include "apps/certify/run/run_network.h"
#include "apps/certify/version.h"
#include "core/base/errors.h"
#include "core/curves/radii.h"
#include "core/methods/catalogue.h"
#include "core/methods/counts/cohen_sequential.h"
#include "core/methods/counts/stop_at.h"
#include "core/sampling/noise/noise.h"
#include "core/sigma_map/sigma_card.h"
#include "core/sigma_map/sigma_map_file.h"
#include "core/slurm/task_shard.h"
#include "data/mask.h"
#include "models/sigma_map_tensor.h"

namespace certify {
namespace {

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

/// Of a map the smallest stands for all: its ball lies in every ellipsoid.
void resolve_sigma(const RunOptions& o, RunPlan& plan) {
  RunSettings& s = plan.settings;
  s.sigma = o.sigma;
  if (o.sigma_map.empty()) return;
  if (o.lipschitz > 0) {
    throw InputError(
        "--lipschitz: its radius is not in units of the noise, so it goes with no --sigma-map");
  }
  plan.sigma_map = open_sigma_map(o.sigma_map);
  s.sigma = plan.sigma_map->smallest;
  s.sigma_map = plan.sigma_map->sha256;
}

std::string needed_scores(SampleNeeds needs) {
  switch (needs) {
    case SampleNeeds::kCounts:
    case SampleNeeds::kGradient:
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
      method.needs == SampleNeeds::kCounts || method.needs == SampleNeeds::kGradient ||
      s.scores.keep == ScoreKeeping::kTrace ||
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

void add_masks(const std::string& files, RunPlan& plan) {
  std::istringstream names(files);
  for (std::string file; std::getline(names, file, ',');) {
    Mask mask = read_mask(file, plan.settings.shape);
    for (const Subspace& other : plan.gradient.subspaces) {
      if (other.name == mask.name) {
        throw InputError(fmt::format("--mask {}: two masks are called '{}'", files, mask.name));
      }
    }
    plan.settings.masks.push_back(fmt::format("{}:{}", mask.name, mask.sha256));
    plan.gradient.subspaces.push_back({std::move(mask.name), std::move(mask.contains)});
  }
}

/// Averages of the noise, which are of one class that must be known first.
void resolve_gradient(const RunOptions& o, const Method& method, RunPlan& plan) {
  RunSettings& s = plan.settings;
  s.keep_gradient = o.keep_gradient;
  s.gradient = o.gradient || o.keep_gradient || method.needs == SampleNeeds::kGradient;
  if (!o.mask.empty() && !s.gradient) {
    throw InputError(fmt::format("--mask {}: needs --gradient or --method first-order", o.mask));
  }
  if (!s.gradient) return;
  const std::string who = o.keep_gradient ? "--keep-gradient"
                          : o.gradient    ? "--gradient"
                                          : fmt::format("--method {}", method.name);
  if (s.select == Selection::kSame) {
    throw InputError(fmt::format("{} needs a class known beforehand: --select n0 or label", who));
  }
  if (!s.stop_at.empty())
    throw InputError(fmt::format("{} needs all n samples, so no --stop-at", who));
  if (s.n < 2) throw InputError(fmt::format("{} needs at least two samples", who));
  plan.gradient = {s.select == Selection::kLabel, channel_subspaces(s.shape), s.keep_gradient};
  add_masks(o.mask, plan);
}

/// Radii to stop at, and the rule that stops there.
void resolve_stopping(const RunOptions& o, const Method& method, RunPlan& plan) {
  if (o.stop_at.empty()) return;
  RunSettings& s = plan.settings;
  require_optional_stopping(method);
  if (s.scores.keep != ScoreKeeping::kNone) {
    throw InputError(
        "--stop-at stops by the votes, and no bound on scores allows for it: leave "
        "--scores out");
  }
  try {
    s.stop_at = parse_radii(o.stop_at);
    plan.stopping = std::make_unique<StopAt>(s.stop_at, s.n, s.method_options());
  } catch (const InputError& error) {
    throw InputError(fmt::format("--stop-at {}: {}", o.stop_at, error.what()));
  }
}

void resolve_dataset(const RunOptions& o, RunPlan& plan) {
  plan.dataset = open_dataset(o.data);
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
  s.shard = parse_shard(shard_of_this_task(o.shard));
  const auto slice = slice_indices(o.slice, plan.dataset->size());
  for (std::size_t p = 0; p < slice.size(); ++p) {
    if (static_cast<int>(p % static_cast<std::size_t>(s.shard.count)) == s.shard.index) {
      plan.indices.push_back(slice[p]);
    }
  }
  plan.manifest.data_dir = o.data.dir.string();
  plan.manifest.class_names = info.class_names;
}

/// Whether the map was learned on images of the slice: of all of it, so that its shards agree.
void resolve_seen(const RunOptions& o, RunPlan& plan, spdlog::logger& log) {
  if (!plan.sigma_map) return;
  RunSettings& s = plan.settings;
  require_shape(*plan.sigma_map, s.shape, o.sigma_map);
  const auto card = card_of_map(o.sigma_map, *plan.sigma_map);
  if (!card || card->dataset_sha256 != s.dataset_sha256) return;
  const std::int64_t size = plan.dataset->size();
  const auto slice = slice_indices(o.slice, size);
  const auto seen = std::ranges::count_if(
      slice, [&](std::int64_t image) { return card->images.contains(image); });
  if (seen == 0) return;
  const std::int64_t behind = card->images.last() + 1;
  const std::string what = fmt::format("{}: learned on {} of these {} images of {} {}", o.sigma_map,
                                       seen, slice.size(), s.dataset, s.split);
  if (!o.allow_seen) {
    throw DataError(fmt::format(
        "{}, whose accuracy would say little about others: take {}another --split, or with "
        "--allow-seen a run that is marked",
        what, behind < size ? fmt::format("--start {}, ", behind) : ""));
  }
  s.sigma_map_seen = card->images;
  log.warn("{}; the run is marked", what);
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

}  // namespace

RunOptions to_run_options(const OptionSet& options) {
  RunOptions o;
  o.data = to_dataset_request(options);
  o.skip_unreadable = options.text("on_error") == "skip";
  o.slice = {options.integer("start"), options.integer("skip"), options.integer("count")};
  o.shard = options.text("shard");
  o.model = options.text("model");
  o.model_dir = options.text("model_dir");
  o.normalize = options.text("normalize");
  o.device = options.text("device");
  o.precision = options.text("precision");
  o.deterministic = options.flag("deterministic");
  o.sigma = options.given("sigma") ? options.number("sigma") : 0;
  o.sigma_map = options.text("sigma_map");
  o.allow_seen = options.flag("allow_seen");
  o.n = options.integer("n");
  o.alpha = options.number("alpha");
  o.seed = options.unsigned_integer("seed");
  o.batch = options.integer("batch");
  o.n0 = options.integer("n0");
  o.n0_given = options.given("n0");
  o.stop_at = options.text("stop_at");
  o.method = o.stop_at.empty() || options.given("method") ? options.text("method")
                                                          : std::string(kCohenSequential.name);
  o.select = options.text("select");
  o.scores = options.text("scores");
  o.score_link = options.text("score_link");
  o.temperature = options.number("temperature");
  o.score_bins = static_cast<int>(options.integer("score_bins"));
  o.lipschitz = options.number("lipschitz");
  o.gradient = options.flag("gradient");
  o.keep_gradient = options.flag("keep_gradient");
  o.mask = options.text("mask");
  o.out = options.text("out");
  o.fresh = options.flag("fresh");
  o.workers = static_cast<int>(options.integer("workers"));
  o.log = {options.text("log_format"), options.flag("quiet")};
  if (o.data.name.empty() || (!options.given("sigma") && o.sigma_map.empty())) {
    throw InputError("--dataset and --sigma are needed; certify --help shows all options");
  }
  if (options.given("sigma") && !o.sigma_map.empty()) {
    throw InputError("--sigma and --sigma-map: the noise has one or the other");
  }
  return o;
}

RunPlan make_plan(const RunOptions& o, spdlog::logger& log) {
  RunPlan plan;
  RunSettings& s = plan.settings;
  s.n = o.n;
  s.alpha = o.alpha;
  s.seed = o.seed;
  s.method = o.method;
  s.noise = kNoiseName;
  const Method& method = find_method(o.method);
  resolve_sigma(o, plan);
  resolve_selection(o, s);
  resolve_scores(o, method, s);
  resolve_stopping(o, method, plan);
  plan.manifest.sessions = {{utc_now(), "", 0, 0, {}}};
  resolve_dataset(o, plan);
  resolve_seen(o, plan, log);
  resolve_gradient(o, method, plan);
  if (method.name != "predict") warn_if_nothing_can_be_certified(plan, method, log);
  resolve_network(o, plan, log);
  plan.skip_unreadable = o.skip_unreadable;
  auto& session = plan.manifest.sessions.at(0).environment;
  session.update(describe_environment(plan.workers));
  plan.manifest.settings = s;
  plan.manifest.images = static_cast<std::int64_t>(plan.indices.size());
  return plan;
}

}  // namespace certify
