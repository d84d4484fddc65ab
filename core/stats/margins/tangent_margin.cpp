#include "core/stats/margins/tangent_margin.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/errors.h"
#include "core/stats/monotone_root.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

constexpr double kTolerance = 1e-10;
constexpr double kRounding = 1e-15;    ///< of Φ
constexpr double kBeyondDoubles = 80;  ///< margins of probabilities that a double can tell from 1

double cut(double mean) {
  if (!(0 <= mean && mean <= 1)) throw InputError("a mean score of {}, not in [0, 1]", mean);
  return std::clamp(mean, 0.05, 0.95);
}

double quantile(double p) {
  const double inside = std::clamp(p, 0.0, 1.0);
  return normal_quantile(inside, 1 - inside);
}

/// The least d for which the whole line p_1 - slope p_2 = d, as far as p_1 + p_2 <= 1, has a second
/// margin of at least `margin` > 0. With v = Φ⁻¹(p_2) that is p_1 >= Φ(margin + v) for all
/// v <= -margin/2, and Φ(margin + v) - slope Φ(v) rises with v up to where its derivative
/// φ(v) (exp(-margin v - margin²/2) - slope) vanishes, and falls from there.
double least_offset(double margin, double slope) {
  const double v = std::min(0.0, -std::log(slope) / margin) - margin / 2;
  return normal_cdf(margin + v).below - slope * normal_cdf(v).below;
}

}  // namespace

double tangent_slope(double mean_1, double mean_2) {
  return normal_density(quantile(cut(mean_1))) / normal_density(quantile(cut(mean_2)));
}

double least_margin_on_line(double d, double slope) {
  if (!(d > 0 && d <= 1 && slope > 0)) return -std::numeric_limits<double>::infinity();
  const auto room = [&](double margin) { return d - kRounding - least_offset(margin, slope); };
  if (!(room(kTolerance) >= 0)) return -std::numeric_limits<double>::infinity();
  return last_nonnegative(kTolerance, kBeyondDoubles, kTolerance, room);
}

}  // namespace certify
