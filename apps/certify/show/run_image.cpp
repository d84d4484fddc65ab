#include "apps/certify/show/run_image.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "apps/certify/logging.h"
#include "apps/certify/options/run_dataset.h"
#include "apps/certify/results/row_claims.h"
#include "apps/certify/show/noise_sheet.h"
#include "core/base/errors.h"
#include "core/methods/catalogue.h"
#include "core/methods/certify_many.h"
#include "core/plan/certifier.h"
#include "core/plan/kept.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/sources/run_description.h"
#include "core/runs/run_folder.h"
#include "core/sampling/statistics/score_keeper.h"
#include "data/images/element_pictures.h"
#include "data/images/rgb_image.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kClassesShown = 6;

/// The picture, if the data that the run was made on is at hand.
std::string picture_of(std::int64_t index, const Manifest& run, const OptionSet& data_options) {
  try {
    const auto data = open_dataset_of_run(run, data_options);
    return encode_png(noisy_picture(data->at(index), {}, 0));
  } catch (const Error& error) {
    make_logger({})->warn("without the picture: {}", error.what());
    return "";
  }
}

std::vector<ImageCard::Votes> votes_of(const ImageSamples& samples,
                                       const std::vector<std::string>& names) {
  std::vector<int> order(samples.estimation.votes.size());
  std::iota(order.begin(), order.end(), 0);
  const auto votes = [&](int k) { return samples.estimation.votes[static_cast<std::size_t>(k)]; };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return votes(a) > votes(b); });
  std::vector<ImageCard::Votes> shown;
  std::int64_t others = 0;
  for (const int k : order) {
    const bool is_label = k == samples.label;
    if ((shown.size() < kClassesShown && votes(k) > 0) || is_label) {
      shown.push_back({class_name(names, k), votes(k), is_label});
    } else {
      others += votes(k);
    }
  }
  if (others > 0) shown.push_back({"all other classes", others, false});
  if (samples.estimation.invalid > 0) {
    shown.push_back({"no valid answer", samples.estimation.invalid, false});
  }
  return shown;
}

std::vector<ImageCard::Radius> radii_of(const ImageSamples& samples, const Manifest& run) {
  const bool stopped = !run.settings.stop_at.empty();  // which most methods do not survive
  const Kept kept = kept_by(run.settings);
  std::vector<ImageCard::Radius> radii;
  for (const Method* method : all_methods()) {
    if (stopped && !method->optional_stopping) continue;
    if (method->name == "predict" || !kept.satisfies(method->needs)) continue;
    try {
      const Certificate c = certify_one(samples, *method, run.settings.method_options());
      radii.push_back({std::string(method->name),
                       c.abstained() ? "" : class_name(run.class_names, c.predicted), c.radius});
    } catch (const InputError&) {
      continue;  // not for samples that were selected like these
    }
  }
  return radii;
}

/// What the run says of the image, and whether its samples give that.
void read_row(const std::string& folder, const ImageSamples& samples, const Manifest& run,
              ImageCard& card) {
  if (!fs::exists(fs::path(folder) / kCertificatesFile)) return;  // none are made before the end
  try {
    const RadiusLog log = read_cohen_log(folder);
    const auto row = std::ranges::find(log.rows, samples.index, &RadiusRow::index);
    if (row == log.rows.end()) return;
    const auto map = sigma_map_of(folder, run.settings);
    const Claim claim = claim_of(*row, Certifier(run.settings, map ? &*map : nullptr)(samples));
    card.row_claims_too_much = claim == Claim::kMore;
    card.row_claims_less = claim == Claim::kLess;
    card.row = {run.settings.method,
                row->predicted == kAbstain ? "" : class_name(run.class_names, row->predicted),
                row->radius};
  } catch (const Error& error) {
    make_logger({})->warn("without its row: {}", error.what());
  }
}

}  // namespace

std::string class_name(const std::vector<std::string>& names, int label) {
  const auto k = static_cast<std::size_t>(label);
  return label >= 0 && k < names.size() ? names[k] : fmt::format("class {}", label);
}

ImageSamples read_image(const std::string& folder, std::int64_t image, Manifest& run) {
  std::optional<ImageSamples> found;
  run = read_run(folder, [&](ImageSamples samples) {
    if (samples.index == image) found = std::move(samples);
  });
  if (!found) {
    throw DataError("{}: no samples of image {}; the run has {}", folder, image,
                    describe_slice(run));
  }
  return *std::move(found);
}

ImageCard card_of(const std::string& folder, std::int64_t image, const OptionSet& data_options) {
  Manifest run;
  ImageSamples samples = read_image(folder, image, run);
  const RunSettings& s = run.settings;
  // Logits of all classes (--scores matrix) become the trace that methods on scores need.
  trace_from_logits(samples, s.select, s.scores.link, s.scores.temperature);
  ImageCard card;
  card.title = fmt::format("Image {} of {} {}: {}", samples.index, s.dataset, s.split,
                           class_name(run.class_names, samples.label));
  card.facts = {"model: " + s.classifier_name(),
                fmt::format("{} = {} in units of [0,1]",
                            s.sigma_map.empty() ? "σ" : "smallest σ of a map", s.sigma),
                fmt::format("n0 = {}, n = {}, α = {}", s.n0, samples.estimation.total(), s.alpha)};
  if (s.batch_dependent) card.facts.emplace_back(kBatchDependentMark);
  if (s.sigma_map_seen && s.sigma_map_seen->contains(samples.index)) {
    card.facts.push_back("the map was learned on it");
  }
  card.png = picture_of(samples.index, run, data_options);
  if (!samples.gradient.mean.empty()) {
    card.gradient_png = encode_png(gradient_picture(s.shape, samples.gradient.mean));
    card.gradient_of = class_name(run.class_names, samples.gradient.tested);
  }
  card.votes = votes_of(samples, run.class_names);
  card.n = samples.estimation.total();
  card.norm = s.noise_value().family->norm;
  card.radii = radii_of(samples, run);
  read_row(folder, samples, run, card);
  return card;
}

}  // namespace certify
