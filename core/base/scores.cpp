#include "core/base/scores.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/errors.h"

namespace certify {
namespace {

/// What rounding may add up to over a thousand float scores of one row.
constexpr double kRowSumTolerance = 1e-3;

bool is_invalid(std::span<const float> row) {
  return std::all_of(row.begin(), row.end(), [](float v) { return std::isnan(v); });
}

void check_row(std::span<const float> row, std::size_t index) {
  double sum = 0;
  for (const float value : row) {
    if (!(0 <= value && value <= 1)) {
      throw InputError("score row {}: {} is not in [0, 1]", index, value);
    }
    sum += static_cast<double>(value);
  }
  if (std::abs(sum - 1) > kRowSumTolerance) {
    throw InputError("score row {} sums to {}, expected 1", index, sum);
  }
}

void append_row(std::span<const float> row, ScoreTrace& trace, const std::vector<bool>& listed) {
  const auto class_score = [&](int c) { return row[static_cast<std::size_t>(c)]; };
  trace.values.push_back(class_score(trace.tested));
  for (const int c : trace.candidates) trace.values.push_back(class_score(c));
  float rest = 0;
  for (std::size_t c = 0; c < row.size(); ++c) {
    if (!listed[c]) rest = std::max(rest, row[c]);
  }
  trace.values.push_back(rest);
}

}  // namespace

void ScoreHistogram::add(const ScoreHistogram& other) {
  if (other.tested != tested || other.candidates != candidates || other.bins != bins ||
      other.counts.size() != counts.size()) {
    throw InputError("score histograms of different classes or bins cannot be added");
  }
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
}

std::vector<float> score_bin_edges(int bins) {
  if (bins < 1) throw InputError("{} score bins", bins);
  std::vector<float> edges;
  for (int b = 0; b <= bins; ++b) {
    const double root = std::sin(std::numbers::pi * b / (2.0 * bins));
    edges.push_back(static_cast<float>(root * root));
  }
  edges.front() = 0;
  edges.back() = 1;
  return edges;
}

ScoreTrace trace_of(std::span<const float> matrix, int classes, int tested,
                    const std::vector<int>& candidates) {
  if (classes < 2 || matrix.size() % static_cast<std::size_t>(classes) != 0) {
    throw InputError("{} scores are no rows of {} classes", matrix.size(), classes);
  }
  const auto width = static_cast<std::size_t>(classes);
  std::vector<bool> listed(width, false);
  std::vector<int> named = candidates;
  named.push_back(tested);
  for (const int c : named) {
    if (c < 0 || c >= classes || listed[static_cast<std::size_t>(c)]) {
      throw InputError("class {}, out of range or named twice", c);
    }
    listed[static_cast<std::size_t>(c)] = true;
  }
  ScoreTrace trace{tested, candidates, {}, {}};
  trace.values.reserve(matrix.size() / width * (candidates.size() + 2));
  for (std::size_t i = 0; i < matrix.size() / width; ++i) {
    const auto row = matrix.subspan(i * width, width);
    if (is_invalid(row)) {
      trace.values.resize(trace.values.size() + candidates.size() + 1, 0.0F);
      trace.values.push_back(1.0F);
      continue;
    }
    check_row(row, i);
    append_row(row, trace, listed);
  }
  return trace;
}

ScoreHistogram histogram_of(const ScoreTrace& trace, int bins) {
  const std::vector<float> edges = score_bin_edges(bins);
  const int columns = trace.columns();
  ScoreHistogram histogram{trace.tested, trace.candidates, bins, {}};
  histogram.counts.assign(static_cast<std::size_t>(columns + 1) * edges.size(), 0);
  const auto count = [&](int row, float value) {
    const auto above = std::upper_bound(edges.begin(), edges.end(), value);
    const auto bin = static_cast<std::size_t>(above - edges.begin()) - 1;
    ++histogram.counts[static_cast<std::size_t>(row) * edges.size() + bin];
  };
  for (std::int64_t i = 0; i < trace.rows(); ++i) {
    const float* row = trace.values.data() + i * columns;
    for (int c = 0; c < columns; ++c) count(c, row[c]);
    // In double: the half margin of two floats need not be a float, and must not be rounded up.
    const double half = (1 + static_cast<double>(row[0]) -
                         static_cast<double>(*std::max_element(row + 1, row + columns))) /
                        2;
    const auto nearest = static_cast<float>(half);
    count(columns, static_cast<double>(nearest) > half ? std::nextafter(nearest, 0.0F) : nearest);
  }
  return histogram;
}

}  // namespace certify
