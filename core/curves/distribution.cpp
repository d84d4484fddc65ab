#include "core/curves/distribution.h"

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "core/curves/certified_accuracy.h"

namespace certify {
namespace {

constexpr int kMostBins = 25;
constexpr int kMostDigits = 15;  // powers of ten and their multiples up to there are exact

bool abstained(const RadiusRow& row) { return row.predicted == kAbstain; }

void count(Outcomes& outcomes, const RadiusRow& row) {
  ++(abstained(row) ? outcomes.abstained : row.correct ? outcomes.correct : outcomes.wrong);
}

/// 0, step/per, 2 step/per, … up to the first that is beyond `largest`: each the double nearest to
/// its decimal, as both numbers are whole.
std::vector<double> multiples_beyond(double largest, double step, double per) {
  std::vector<double> edges{0};
  while (edges.back() <= largest) {
    edges.push_back(static_cast<double>(edges.size()) * step / per);
  }
  return edges;
}

std::vector<double> radius_edges(double largest) {
  if (largest <= 0) return {0, 1};
  const int digits = static_cast<int>(std::floor(std::log10(largest / kMostBins)));
  if (std::abs(digits) > kMostDigits) return {0, largest / 2, largest};
  const double power = std::pow(10, std::abs(digits));
  const auto too_narrow = [&](int step) {
    return largest / (digits < 0 ? step / power : step * power) >= kMostBins;
  };
  int step = 1;
  for (const int next : {2, 5, 10, 20}) {
    if (too_narrow(step)) step = next;
  }
  return digits < 0 ? multiples_beyond(largest, step, power)
                    : multiples_beyond(largest, step * power, 1);
}

const std::vector<double>& probability_edges() {
  static const std::vector<double> edges = multiples_beyond(0.99, 1, 20);
  return edges;
}

/// @param number_of  nothing for an image that has none
template <class NumberOf>
Histogram histogram_of(const RadiusLog& log, const std::vector<double>& edges, NumberOf number_of) {
  Histogram histogram{edges, std::vector<Outcomes>(edges.size() - 1), {}};
  for (const RadiusRow& row : log.rows) {
    const std::optional<double> number = number_of(row);
    if (!number) {
      count(histogram.without, row);
      continue;
    }
    const auto above = std::upper_bound(edges.begin(), edges.end() - 1, *number);
    count(histogram.bins[static_cast<std::size_t>(above - edges.begin()) - 1], row);
  }
  return histogram;
}

std::optional<double> radius_of(const RadiusRow& row) {
  return abstained(row) ? std::nullopt : std::optional(row.radius);
}

std::optional<double> p_lower_of(const RadiusRow& row) {
  return row.p_lower < 0 ? std::nullopt : std::optional(row.p_lower);
}

double largest_radius(std::span<const RadiusLog> logs) {
  double largest = 0;
  for (const RadiusLog& log : logs) {
    for (const RadiusRow& row : log.rows) largest = std::max(largest, radius_of(row).value_or(0));
  }
  return largest;
}

}  // namespace

bool has_p_lower(const RadiusLog& log) {
  return std::ranges::any_of(log.rows, [](const RadiusRow& row) { return row.p_lower >= 0; });
}

std::vector<Distribution> distributions_of(std::span<const RadiusLog> logs) {
  for (const RadiusLog& log : logs) {
    if (log.measure != Measure::kRadius) throw InputError("{}: areas, not radii", log.name);
    static_cast<void>(CertifiedAccuracy(log));  // refuses what is no radius
  }
  const std::vector<double> edges = radius_edges(largest_radius(logs));
  std::vector<Distribution> all;
  for (const RadiusLog& log : logs) {
    all.push_back({log.name, static_cast<std::int64_t>(log.rows.size()), std::nullopt,
                   histogram_of(log, edges, radius_of)});
    if (has_p_lower(log)) all.back().p_lower = histogram_of(log, probability_edges(), p_lower_of);
  }
  return all;
}

}  // namespace certify
