#include "core/first_order/ball_radius.h"

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

/// Votes on the interval (low, high) of standard normal noise.
struct Slab {
  double low, high;
};

/// The slab with P[slab] = p (q = 1 - p) whose mean of z is -m: the mass q outside is split between
/// the two ends, all of it above for m = φ(Φ⁻¹(p)), evenly for m = 0, all of it below for the
/// negative of that.
Slab slab_of(double q, double m) {
  double most = q, least = 0;  // of the mass below
  Slab slab{};
  for (int step = 0; step < 200; ++step) {
    const double below = (most + least) / 2;
    slab = {normal_quantile(below, 1 - below), normal_quantile(1 - (q - below), q - below)};
    const double mean = normal_density(slab.high) - normal_density(slab.low);
    (mean > m ? least : most) = below;
  }
  return slab;
}

/// A lower bound on P[f = c] at distance r. The line through the likelihood ratio at the slab's
/// ends is λ0 + λ1 z, λ1 >= 0; it is a dual feasible point whatever the slab, so the solver's
/// errors cannot hurt.
double dual_value(const Slab& slab, double q, double m, double r) {
  const double low = std::exp(r * slab.low - r * r / 2);
  const double high = std::exp(r * slab.high - r * r / 2);
  const double slope = (high - low) / (slab.high - slab.low);
  const double level = low - slope * slab.low;
  if (!(level >= 0)) return 0;
  const double outside = normal_cdf(slab.high).above + normal_cdf(slab.low).below;
  const double moved = normal_cdf(slab.high - r).above + normal_cdf(slab.low - r).below;
  const double mean = normal_density(slab.high) - normal_density(slab.low);
  const double rounding = 1e-14 * (1 + level * (outside + q) + slope * (m + mean));
  return 1 - moved + level * (outside - q) + slope * (mean - m) - rounding;
}

/// The largest r up to `hi` at which the bound is ½, which it is at `lo`.
double crossing(const Slab& slab, double q, double m, double lo, double hi) {
  for (int step = 0; step < 100; ++step) {
    const double r = (lo + hi) / 2;
    (dual_value(slab, q, m, r) >= 0.5 ? lo : hi) = r;
  }
  return lo;
}

constexpr double kLargestRadius = 10;

}  // namespace

double first_order_uphill_radius(const LowerBound& top, double along) {
  if (!(along >= 0)) throw InputError("a component of {} up the gradient", along);
  if (!(top.p > 0.5) || !(top.q < 0.5)) return 0;
  const double zeroth = std::min(lower_quantile(top), kLargestRadius);
  if (!(top.q > 0)) return zeroth;
  const double most = normal_density(zeroth) * (1 - 1e-12);  // no votes have more
  const Slab slab = slab_of(top.q, -std::min(along, most));
  return crossing(slab, top.q, -std::min(along, most), zeroth,
                  std::max(zeroth, std::min(slab.high, kLargestRadius)));
}

double first_order_l2_radius(const LowerBound& top, double m) {
  if (!(m >= 0)) throw InputError("a gradient norm of {}", m);
  if (!(top.p > 0.5) || !(top.q < 0.5)) return 0;
  const double zeroth = lower_quantile(top);
  if (!(top.q > 0) || m >= normal_density(zeroth)) return zeroth;
  const Slab slab = slab_of(top.q, m);
  return crossing(slab, top.q, m, zeroth, slab.high);  // P[z > w1 - r] is ½ alone at r = w1
}

}  // namespace certify
