#include "core/sampling/statistics/score_keeper.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/sampling/statistics/score_link.h"

namespace certify {
namespace {

constexpr std::size_t kFewClasses = 16;  // up to which every rival is kept apart
constexpr std::size_t kRivals = 8;

/// Summed in the order drawn, so that the last bit does not depend on which worker was first.
std::vector<double> column_means(const ScoreTrace& trace) {
  if (trace.rows() == 0) return {};
  std::vector<double> means(static_cast<std::size_t>(trace.columns()));
  for (std::size_t i = 0; i < trace.values.size(); ++i) {
    means[i % means.size()] += static_cast<double>(trace.values[i]);
  }
  for (double& mean : means) mean /= static_cast<double>(trace.rows());
  return means;
}

int class_under_test(const ImageSamples& samples, Selection select) {
  if (select == Selection::kLabel) return samples.label;
  const ClassCounts& counts = select == Selection::kSame ? samples.estimation : samples.selection;
  return std::max(0, counts.top_class());
}

}  // namespace

std::vector<int> candidate_rivals(const ClassCounts& selection, int tested) {
  std::vector<int> rivals(selection.votes.size());
  std::iota(rivals.begin(), rivals.end(), 0);
  std::erase(rivals, tested);
  if (selection.votes.size() <= kFewClasses) return rivals;
  const auto votes = [&](int k) { return selection.votes[static_cast<std::size_t>(k)]; };
  std::erase_if(rivals, [&](int k) { return votes(k) == 0; });
  std::stable_sort(rivals.begin(), rivals.end(), [&](int a, int b) { return votes(a) > votes(b); });
  // Only shrinks: in a resize that might grow GCC 14 sees writes out of bounds (false).
  if (rivals.size() > kRivals) rivals.resize(kRivals);
  std::sort(rivals.begin(), rivals.end());
  return rivals;
}

void trace_from_logits(ImageSamples& samples, Selection select, ScoreLink link,
                       double temperature) {
  if (samples.logits.empty()) return;
  const int classes = samples.estimation.num_classes();
  const int tested = class_under_test(samples, select);
  samples.trace = trace_of(scores_of(samples.logits, classes, link, temperature), classes, tested,
                           candidate_rivals(samples.selection, tested));
  samples.logits.clear();
}

ScoreKeeper::ScoreKeeper(const ScorePlan& plan, int classes, std::int64_t n0, std::int64_t n)
    : plan_(plan),
      classes_(classes),
      n_(n),
      selection_logits_(static_cast<std::size_t>(n0 * classes)) {}

void ScoreKeeper::add_selection(std::span<const float> logits, std::int64_t first) {
  std::copy(logits.begin(), logits.end(), selection_logits_.begin() + first * classes_);
}

void ScoreKeeper::choose(const ClassCounts& selection, int label) {
  // Without a single vote every method abstains; any class will do for the record.
  const int tested = plan_.of_label ? label : std::max(0, selection.top_class());
  trace_.tested = tested;
  trace_.candidates = candidate_rivals(selection, tested);
  if (plan_.keep == ScoreKeeping::kTrace) {
    trace_.values.resize(static_cast<std::size_t>(n_ * trace_.columns()));
    trace_.selection_means =
        column_means(trace_of(scores_of(selection_logits_, classes_, plan_.link, plan_.temperature),
                              classes_, tested, trace_.candidates));
  } else if (plan_.keep == ScoreKeeping::kMatrix) {
    logits_.resize(static_cast<std::size_t>(n_ * classes_));
  } else {
    histogram_ = histogram_of(trace_, plan_.bins);
  }
  selection_logits_.clear();
  chosen_ = true;
}

ScoreKeeper::Part ScoreKeeper::reduce(std::span<const float> logits, std::int64_t first) const {
  Part part;
  part.first = first;
  if (plan_.keep == ScoreKeeping::kMatrix) {
    part.logits.assign(logits.begin(), logits.end());
    return part;
  }
  const auto scores = scores_of(logits, classes_, plan_.link, plan_.temperature);
  part.trace = trace_of(scores, classes_, trace_.tested, trace_.candidates);
  if (plan_.keep == ScoreKeeping::kHistogram) {
    part.histogram = histogram_of(part.trace, plan_.bins);
    part.trace = {};
  }
  return part;
}

void ScoreKeeper::add(const Part& part) {
  if (plan_.keep == ScoreKeeping::kHistogram) {
    histogram_.add(part.histogram);
  } else if (plan_.keep == ScoreKeeping::kMatrix) {
    std::copy(part.logits.begin(), part.logits.end(), logits_.begin() + part.first * classes_);
  } else {
    std::copy(part.trace.values.begin(), part.trace.values.end(),
              trace_.values.begin() + part.first * trace_.columns());
  }
}

void ScoreKeeper::move_into(ImageSamples& samples) {
  if (plan_.keep == ScoreKeeping::kTrace) samples.trace = std::move(trace_);
  samples.histogram = std::move(histogram_);
  samples.logits = std::move(logits_);
}

}  // namespace certify
