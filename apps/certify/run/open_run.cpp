#include "apps/certify/run/open_run.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "apps/certify/options/run_dataset.h"
#include "apps/certify/version.h"
#include "core/base/errors.h"
#include "core/methods/catalogue.h"
#include "core/noise/families.h"
#include "core/sigma_map/sigma_card.h"
#include "models/sigma_map_tensor.h"

namespace certify {
namespace {

/// The slice's images that are the shard's.
std::vector<std::int64_t> images_of(const std::vector<std::int64_t>& slice, const Shard& shard) {
  std::vector<std::int64_t> images;
  for (auto p = static_cast<std::size_t>(shard.index); p < slice.size();
       p += static_cast<std::size_t>(shard.count)) {
    images.push_back(slice[p]);
  }
  return images;
}

std::vector<Mask> read_masks(const std::vector<std::string>& files, const ImageShape& shape) {
  std::vector<Mask> masks;
  for (const std::string& file : files) masks.push_back(read_mask(file, shape));
  return masks;
}

/// Whether the map was learned on images of the slice: of all of it, so that its shards agree.
void mark_seen(const std::string& file, bool allowed, const std::vector<std::int64_t>& slice,
               OpenRun& run, spdlog::logger& log) {
  if (!run.plan.sigma_map) return;
  RunSettings& s = run.plan.settings;
  const auto card = card_of_map(file, *run.plan.sigma_map);
  if (!card || card->dataset_sha256 != s.dataset_sha256) return;
  const auto seen = std::ranges::count_if(
      slice, [&](std::int64_t image) { return card->images.contains(image); });
  if (seen == 0) return;
  const std::int64_t behind = card->images.last() + 1;
  const std::string what = fmt::format("{}: learned on {} of these {} images of {} {}", file, seen,
                                       slice.size(), s.dataset, s.split);
  if (!allowed) {
    throw DataError(
        "{}, whose accuracy would say little about others: take {}another --split, or with "
        "--allow-seen a run that is marked",
        what, behind < run.dataset->size() ? fmt::format("--start {}, ", behind) : "");
  }
  s.sigma_map_seen = card->images;
  log.warn("{}; the run is marked", what);
}

nlohmann::ordered_json describe_environment(const Noise& noise, int workers) {
  char host[128] = {};
  ::gethostname(host, sizeof host - 1);
  return {{"workers", workers},
          {"host", host},
          {"certify", kVersion},
          {"commit", kCommit},
          {"noise_path", noise.family->paths().front().name}};
}

/// "Everything abstains" is the question most asked about such tools.
void warn_if_nothing_can_be_certified(const RunPlan& plan, spdlog::logger& log) {
  const RunSettings& s = plan.settings;
  if (s.method == "predict") return;
  const auto needed = smallest_certifying_n(*plan.method, s.method_options(), s.classes);
  if (needed >= 0 && s.n >= needed) return;
  log.warn("with n = {} at alpha = {} every image abstains, even if all samples agree; {}", s.n,
           s.alpha,
           needed < 0 ? "no n changes that"
                      : fmt::format("the smallest n that can certify is {}", needed));
}

/// The steps of exact noise start from images of 8 bits; any others keep their pixels as they are.
void fit_noise(const OptionSet& o, const DatasetInfo& data, RunPlan& plan, spdlog::logger& log) {
  const NoiseFamily& family = *plan.settings.noise_value(plan.map()).family;
  if (data.eight_bits || family.step == 0) return;
  const std::string what =
      fmt::format("{}: not all pixels are multiples of 1/255, from which {} noise must start",
                  data.name, family.name);
  const NoiseFamily& plain = plain_noise_family();
  if (o.given("noise")) {
    throw InputError("--noise {}: {}; save images as uint8, or take --noise {}", o.text("noise"),
                     what, plain.name);
  }
  set_noise(plan, std::string(plain.stream));
  log.info("{}; noise is {}. Images saved as uint8 have exact noise", what, plain.name);
}

/// A user of 0-255 pixels means a 255th of it.
void warn_if_sigma_is_of_bytes(const RunSettings& s, spdlog::logger& log) {
  constexpr double kLarge = 4;
  if (s.sigma < kLarge) return;
  log.warn(
      "sigma {0} is in units of the [0,1] input, {0} times its range; was {0}/255, --sigma "
      "{1:.4g}, meant?",
      s.sigma, s.sigma / 255);
}

}  // namespace

OpenRun open_run(const OptionSet& options, spdlog::logger& log) {
  const Plan plan = resolve(options);
  OpenRun run;
  std::optional<SigmaMap> map;
  if (!plan.sigma_map.empty()) map = open_sigma_map(plan.sigma_map);
  DatasetRequest data = plan.data;
  data.refuse_mixed_sizes = options.text("on_error") != "skip";
  run.dataset = open_dataset(data);
  const DatasetInfo& info = run.dataset->info();
  run.plan =
      complete(plan, {run.dataset->sha256(), info.shape, static_cast<int>(info.class_names.size())},
               std::move(map), read_masks(plan.masks, info.shape));
  fit_noise(options, info, run.plan, log);
  const RunSettings& s = run.plan.settings;
  const auto slice = slice_indices({s.start, s.skip, s.count}, run.dataset->size());
  run.indices = images_of(slice, s.shard);
  mark_seen(plan.sigma_map, options.flag("allow_seen"), slice, run, log);
  run.manifest.data_dir = plan.data.dir.string();
  run.manifest.data_options = data_options_of(options);
  run.manifest.sessions = {{utc_now(), "", 0, 0, {}}};
  warn_if_sigma_is_of_bytes(s, log);
  load_network(options, plan.data, run, log);
  warn_if_nothing_can_be_certified(run.plan, log);
  run.manifest.sessions[0].environment.update(describe_environment(s.noise_value(), run.workers));
  run.manifest.settings = s;
  run.manifest.images = static_cast<std::int64_t>(run.indices.size());
  run.manifest.dataset_images = run.dataset->size();
  return run;
}

}  // namespace certify
