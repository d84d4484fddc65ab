#include "core/verify/checks/run_check.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/base/parallel.h"
#include "core/runs/run_folder.h"
#include "core/verify/bounds/noise_price.h"
#include "core/verify/checks/gradient_check.h"
#include "core/verify/checks/record_check.h"
#include "core/verify/checks/score_check.h"
#include "core/verify/checks/sequential_check.h"
#include "core/verify/files/drawn_votes.h"

namespace certify {
namespace {

constexpr std::size_t kMostBytes = 64 << 20;  ///< of samples in memory, however many there are

int class_under_test(const ImageSamples& samples, ClassFrom from, std::string_view method) {
  if (method == "predict" || from == ClassFrom::kSameSamples) {
    return class_by(Selection::kSame, samples);
  }
  return class_by(from == ClassFrom::kLabel ? Selection::kLabel : Selection::kSeparate, samples);
}

std::int64_t most_votes_but_for(const ClassCounts& counts, int tested) {
  std::int64_t most = counts.invalid;
  for (std::size_t c = 0; c < counts.votes.size(); ++c) {
    if (static_cast<int>(c) != tested) most = std::max(most, counts.votes[c]);
  }
  return most;
}

/// What the rule of the run's method makes of an image with n samples.
std::string method_of_row(const std::string& method, const ImageSamples& samples, std::int64_t n) {
  const bool all_drawn = samples.stopped == StopReason::kNone;
  if (checker::is_sequential(method) && all_drawn) return method + " (all n)";
  return method == "second-margin" && n > kLargestExactMargin ? method + " (two-sided)" : method;
}

/// What `recertify --n` leaves of an image for a method on votes or on scores.
void keep_n(const RowTerms& terms, bool on_scores, ImageSamples& samples) {
  const auto n = static_cast<std::size_t>(terms.first);
  const int classes = samples.estimation.num_classes();
  if (!samples.logits.empty()) {
    samples.logits.resize(std::min(samples.logits.size(), n * static_cast<std::size_t>(classes)));
    samples.estimation = checker::votes_of(samples.logits, classes);
  } else if (on_scores && !samples.trace.empty()) {
    std::vector<float>& rows = samples.trace.values;
    rows.resize(std::min(rows.size(), n * static_cast<std::size_t>(samples.trace.columns())));
    samples.estimation = checker::votes_of(samples.trace, classes);
  } else if (terms.first <= samples.estimation.total()) {
    samples.estimation =
        checker::drawn_votes(samples.estimation, terms.first, terms.seed, samples.index);
  }
}

}  // namespace

ClassFrom class_from(Selection selection) {
  if (selection == Selection::kSame) return ClassFrom::kSameSamples;
  return selection == Selection::kLabel ? ClassFrom::kLabel : ClassFrom::kSeparateSamples;
}

std::optional<MapFacts> map_facts_of(const std::filesystem::path& run,
                                     const RunSettings& settings) {
  if (settings.sigma_map.empty()) return std::nullopt;
  return read_map_facts(run, settings);
}

std::vector<StatedRadii> read_radii(const std::string& method, const std::filesystem::path& file) {
  if (checkable(method) != Checkable::kWithGradient || !std::filesystem::exists(file)) return {};
  return parse_radii_rows(read_file(file), file.string());
}

RunCheck::RunCheck(std::filesystem::path file, RowTerms terms, std::vector<StatedRow> rows,
                   std::vector<StatedRadii> radii)
    : file_(std::move(file)),
      terms_(std::move(terms)),
      rows_(std::move(rows)),
      radii_(std::move(radii)) {}

void RunCheck::add(ImageSamples samples) {
  ++records_;
  if (records_ > static_cast<std::int64_t>(rows_.size())) return;
  waiting_bytes_ += samples.bytes();
  waiting_.push_back(std::move(samples));
  if (waiting_bytes_ >= kMostBytes) check_all();
}

void RunCheck::check_all() {
  const auto first = static_cast<std::size_t>(report_.rows);
  std::vector<std::vector<std::string>> findings(waiting_.size());
  for_each_on_all_cores(waiting_.size(), 1,
                        [&](std::size_t i) { findings[i] = check(first + i, waiting_[i]); });
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const StatedRow& row = rows_[first + i];
    const bool has_scores =
        !waiting_[i].trace.empty() || !waiting_[i].histogram.empty() || !waiting_[i].logits.empty();
    if (checkable(row.method) == Checkable::kWithScores && !has_scores) ++report_.in_part;
    report_.add(file_, row, findings[i]);
  }
  waiting_.clear();
  waiting_bytes_ = 0;
}

std::vector<std::string> RunCheck::check(std::size_t position, ImageSamples& samples) const {
  const StatedRow& row = rows_[position];
  const RunSettings& settings = terms_.settings;
  const bool on_scores = checkable(row.method) == Checkable::kWithScores;
  if (terms_.first > 0) keep_n(terms_, on_scores, samples);
  const int tested = class_under_test(samples, terms_.from, settings.method);
  std::optional<ScoresBehind> scores;
  if (on_scores) {
    scores = {
        {samples, settings.scores, std::max(0, tested)}, settings.classes, settings.lipschitz};
    if (scores->columns.empty()) scores.reset();
  }
  const GradientBehind gradient{samples.gradient,
                                position < radii_.size() ? &radii_[position] : nullptr};
  std::vector<std::string> findings = check_row(row, terms_.from, scores ? &*scores : nullptr,
                                                samples.gradient.empty() ? nullptr : &gradient);
  const auto say = [&](std::string what) { findings.push_back(std::move(what)); };
  const auto compare = [&](const char* column, const auto& stated, const auto& stored) {
    if (stated != stored) say(fmt::format("{} is {}, stored is {}", column, stated, stored));
  };
  const auto compare_setting = [&](const char* column, const auto& stated, const auto& setting) {
    if (stated != setting)
      say(fmt::format("{} is {}, the settings say {}", column, stated, setting));
  };
  if (row.index != samples.index) {
    say(fmt::format("the stored samples here are of image {}", samples.index));
    return findings;
  }
  const std::int64_t n = samples.estimation.total();
  if (terms_.first > n) {
    say(fmt::format("{} samples were taken, stored are {}", terms_.first, n));
    return findings;
  }
  compare("n", row.n, n);
  compare_setting("alpha", row.alpha, settings.alpha);
  if (const checker::Real price = checker::noise_price(settings); row.noise_alpha < price) {
    say(fmt::format("noise_alpha is {}, but the noise takes {} of alpha", row.noise_alpha,
                    checker::shown(price)));
  }
  compare_setting("sigma", row.sigma, settings.sigma);
  if (checker::takes_all_samples(settings) != (row.method == "enumerated")) {
    say(fmt::format(
        "{} does not go with this noise, of which {}", row.method,
        checker::takes_all_samples(settings) ? "nothing is drawn" : "samples are drawn"));
  }
  if (settings.method != "predict" && row.norm != checker::norm_of_noise(settings)) {
    say(fmt::format("the radius is said to be {}, but the noise proves {}", row.norm,
                    checker::norm_of_noise(settings)));
  }
  if (row.ellipsoid.has_value() != terms_.map.has_value() && settings.method != "predict") {
    say(terms_.map ? "states no ellipsoid, but the run has a map of sigma"
                   : "states an ellipsoid, but the run has no map of sigma");
  } else if (row.ellipsoid) {
    for (std::string& finding : check_ellipsoid(row, &*terms_.map)) say(std::move(finding));
  }
  compare_setting("method", row.method, method_of_row(settings.method, samples, n));
  if (!settings.stop_at.empty() && !checker::is_sequential(row.method)) {
    say("its samples decided how many were drawn, which this method does not allow for");
  }
  compare("label", row.label, samples.label);
  if (row.predicted >= 0) compare("predict", row.predicted, tested);
  const bool voted = tested >= 0;
  const std::int64_t top = voted ? samples.estimation.votes[static_cast<std::size_t>(tested)] : 0;
  compare("n_top", row.n_top, top);
  compare("n_runner_up", row.n_runner_up,
          voted ? most_votes_but_for(samples.estimation, tested) : 0);
  return findings;
}

VerifyReport RunCheck::finish(std::int64_t images, const std::string& state) {
  check_all();
  if (terms_.map) {
    for (const std::string& finding : terms_.map->findings) {
      report_.findings.push_back({kSigmaMapFile, finding});
    }
  }
  const auto rows = static_cast<std::int64_t>(rows_.size());
  const bool complete = images >= 0;
  if (rows > records_ || (complete && rows < records_)) {
    report_.findings.push_back(
        {file_.string(), fmt::format("{} rows for {} stored images", rows, records_)});
  } else if (rows < records_) {
    report_.notes.push_back(
        fmt::format("{}: {} of {} stored images have no row yet (the run is {})", file_.string(),
                    records_ - rows, records_, state));
  }
  if (!rows_.empty() && checkable(rows_.front().method) == Checkable::kWithGradient &&
      radii_.size() != rows_.size()) {
    report_.findings.push_back({file_.string(), fmt::format("{} rows, {} rows of radii beside them",
                                                            rows, radii_.size())});
  }
  if (complete && records_ != images) {
    report_.findings.push_back(
        {file_.string(), fmt::format("{} stored images, the manifest says {}", records_, images)});
  }
  return std::move(report_);
}

}  // namespace certify
