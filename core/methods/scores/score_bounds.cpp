#include "core/methods/scores/score_bounds.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/errors.h"
#include "core/stats/means/betting.h"
#include "core/stats/means/empirical_bernstein.h"
#include "core/stats/means/histogram_betting.h"
#include "core/stats/means/star_bets.h"
#include "core/stats/sequential/confidence_sequence.h"

namespace certify {
namespace {

constexpr int kBins = 1024;  ///< where a trace is binned here

void check_histogram(const ScoreHistogram& histogram, std::int64_t image) {
  const std::size_t width = static_cast<std::size_t>(histogram.bins) + 1;
  if (histogram.bins < 1 ||
      histogram.counts.size() != width * static_cast<std::size_t>(histogram.columns() + 1)) {
    throw InputError("image {}: a score histogram of the wrong size", image);
  }
  for (const std::int64_t count : histogram.counts) {
    if (count < 0) throw InputError("image {}: a negative score count", image);
  }
}

void check_rows(std::int64_t rows, std::int64_t expected, std::int64_t image) {
  if (rows != expected) {
    throw InputError("image {}: scores of {} samples, {} expected", image, rows, expected);
  }
}

void check_class(int kept, int tested, std::int64_t image) {
  if (kept != tested) {
    throw InputError("image {}: scores were kept for class {}, but class {} is tested", image, kept,
                     tested);
  }
}

/// Each bin's values rounded down to where none of them can lie below, seen from the side asked
/// for.
std::vector<WeightedValue> rounded_down(std::span<const std::int64_t> counts, bool mirrored) {
  const std::vector<float> edges = score_bin_edges(static_cast<int>(counts.size()) - 1);
  std::vector<WeightedValue> values;
  for (std::size_t b = 0; b < counts.size(); ++b) {
    if (counts[b] == 0) continue;
    const double upper = b + 1 < edges.size() ? static_cast<double>(edges[b + 1]) : 1;
    const double value = mirrored ? 1 - upper : static_cast<double>(edges[b]);
    values.push_back({value, counts[b]});
  }
  return values;
}

}  // namespace

ScoreBounds::ScoreBounds(const ImageSamples& samples, MeanBound bound, int tested)
    : trace_(samples.trace), bound_(bound) {
  const std::int64_t n = samples.estimation.total();
  const bool order_free = bound == MeanBound::kHistogram || bound == MeanBound::kEmpiricalBernstein;
  if (!trace_.empty()) {
    check_class(trace_.tested, tested, samples.index);
    check_rows(trace_.rows(), n, samples.index);
    columns_ = trace_.columns();
    if (bound == MeanBound::kHistogram) binned_ = histogram_of(trace_, kBins);
  } else if (order_free && !samples.histogram.empty()) {
    check_histogram(samples.histogram, samples.index);
    check_class(samples.histogram.tested, tested, samples.index);
    binned_ = samples.histogram;
    columns_ = binned_.columns();
    for (int c = 0; c <= columns_; ++c) {
      const auto row = binned_.row(c);
      check_rows(std::accumulate(row.begin(), row.end(), std::int64_t{0}), n, samples.index);
    }
  } else {
    throw InputError("image {}: no {} was kept; sample with --scores {}", samples.index,
                     order_free ? "score histogram or trace" : "score trace",
                     order_free ? "histogram" : "trace");
  }
}

LowerBound ScoreBounds::top(double alpha) const { return lower(0, Side::kBelow, alpha); }

LowerBound ScoreBounds::half_margin(double alpha) const {
  return lower(columns_, Side::kBelow, alpha);
}

UpperBound ScoreBounds::rivals(double alpha) const {
  UpperBound largest{0, 1};
  for (int c = 1; c < columns_; ++c) {
    const UpperBound bound = complement(lower(c, Side::kAbove, alpha));
    if (bound.p > largest.p) largest = bound;
  }
  return largest;
}

double ScoreBounds::tangent(int rival, double slope, double alpha) const {
  if (!binned_.empty()) throw InputError("a tangent margin needs a score trace");
  std::vector<double> x;
  x.reserve(static_cast<std::size_t>(trace_.rows()));
  for (std::int64_t i = 0; i < trace_.rows(); ++i) {
    const float* row = trace_.values.data() + i * columns_;
    const double difference = static_cast<double>(row[0]) - slope * static_cast<double>(row[rival]);
    x.push_back(std::clamp((difference + slope) / (1 + slope), 0.0, 1.0));
  }
  const double unit = lower(x, alpha).p;
  return unit * (1 + slope) - slope - 1e-14 * (1 + slope);
}

LowerBound ScoreBounds::lower(int column, Side side, double alpha) const {
  if (!binned_.empty()) {
    const auto values = rounded_down(binned_.row(column), side == Side::kAbove);
    return bound_ == MeanBound::kHistogram ? mixture_betting_lower(values, alpha)
                                           : empirical_bernstein_lower(values, alpha);
  }
  return lower(sequence(column, side), alpha);
}

LowerBound ScoreBounds::lower(const std::vector<double>& x, double alpha) const {
  switch (bound_) {
    case MeanBound::kEmpiricalBernstein:
      return empirical_bernstein_lower(x, alpha);
    case MeanBound::kConfidenceSequence:
      return confidence_sequence_lower(x, alpha);
    case MeanBound::kStarBets:
      return star_bets_lower(x, alpha, star_bets_grid(static_cast<std::int64_t>(x.size())));
    default:
      return betting_lower(x, alpha);
  }
}

std::vector<double> ScoreBounds::sequence(int column, Side side) const {
  std::vector<double> x;
  x.reserve(static_cast<std::size_t>(trace_.rows()));
  for (std::int64_t i = 0; i < trace_.rows(); ++i) {
    const float* row = trace_.values.data() + i * columns_;
    const double value = column < columns_
                             ? static_cast<double>(row[column])
                             : (1 + static_cast<double>(row[0]) -
                                static_cast<double>(*std::max_element(row + 1, row + columns_))) /
                                   2;
    x.push_back(side == Side::kBelow ? value : 1 - value);
  }
  return x;
}

}  // namespace certify
