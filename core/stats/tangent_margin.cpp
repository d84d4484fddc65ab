#include "core/stats/tangent_margin.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/base/errors.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

constexpr double kTolerance = 1e-5;
constexpr double kRounding = 1e-9;  ///< of the quantiles, far from 0 and 1

double cut(double mean) {
  if (!(0 <= mean && mean <= 1)) {
    throw InputError(fmt::format("a mean score of {}, not in [0, 1]", mean));
  }
  return std::clamp(mean, 0.05, 0.95);
}

double quantile(double p) {
  const double inside = std::clamp(p, 0.0, 1.0);
  return normal_quantile(inside, 1 - inside);
}

}  // namespace

double tangent_slope(double mean_1, double mean_2) {
  return normal_density(quantile(cut(mean_1))) / normal_density(quantile(cut(mean_2)));
}

double least_margin_on_line(double d, double slope) {
  if (!(d > 0 && d <= 1 && slope > 0)) return -std::numeric_limits<double>::infinity();
  // By v = Φ⁻¹(p_2). The line ends where p_1 + p_2 = 1.
  const double end = quantile((1 - d) / (1 + slope));
  const auto first = [&](double v) { return quantile(d + slope * normal_cdf(v).below); };
  double least = first(end) - end;  // of the points tried: the minimum is at most that
  // Left of this the margin is larger whatever p_1 >= d is.
  const double begin = std::min(end, quantile(d) - least);
  struct Cell {
    double a;
    double b;
  };
  std::vector<Cell> cells = {{begin, end}};
  double bound = least;
  while (!cells.empty()) {
    const auto [a, b] = cells.back();
    cells.pop_back();
    const double lower = first(a) - b;
    if (lower >= least - kTolerance) {
      bound = std::min(bound, lower);
      continue;
    }
    const double middle = (a + b) / 2;
    least = std::min(least, first(middle) - middle);
    if (b - a < 1e-9) {
      bound = std::min(bound, lower);
      continue;
    }
    cells.push_back({a, middle});
    cells.push_back({middle, b});
  }
  return bound - kRounding;
}

}  // namespace certify
