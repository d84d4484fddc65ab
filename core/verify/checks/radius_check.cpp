#include "core/verify/checks/radius_check.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace certify::checker {

Finding check_top_bound(const StatedRow& row, const char* name, Share p, Real allowed) {
  const Real tail = p.p <= 0 ? 0 : upper_tail(row.n_top, row.n, p);
  if (tail <= allowed * (1 + kTailError)) return std::nullopt;
  return fmt::format("{} claims too much: P[Bin({}, p) >= {}] = {} at p = {}, allowed {}", name,
                     row.n, row.n_top, shown(tail), shown(p.p), shown(allowed));
}

namespace {

/// Two cubes of side 2 √3 sigma, moved by r in ℓ1, share a part of at least 1 - r / (2 √3 sigma).
Finding check_radius_of_cubes(const StatedRow& row) {
  const Real margin = static_cast<Real>(row.p_lower) - row.p_upper;
  const Real largest = std::sqrt(3.0L) * row.sigma * margin;
  if (row.radius <= largest) return std::nullopt;
  return fmt::format("radius_l1_full {} claims too much: √3 sigma (p_lower - p_upper) is {}",
                     row.radius, shown(largest));
}

}  // namespace

Finding check_symmetric_radius(const StatedRow& row) {
  if (row.predicted < 0) return std::nullopt;
  if (!(row.p_lower > 0.5 || row.p_upper < 0.5)) {
    return fmt::format("claims class {}, but p_lower is {} and p_upper {}", row.predicted,
                       row.p_lower, row.p_upper);
  }
  if (row.norm == "l1") return check_radius_of_cubes(row);
  if (normal_at_most(noise_units(row), stated_lower(row)) ||
      normal_at_most(noise_units(row), stated_rest(row))) {
    return std::nullopt;
  }
  const Share most = row.p_upper < stated_lower(row).q ? stated_rest(row) : stated_lower(row);
  return fmt::format("radius_full {} claims too much: allowed is about {}, sigma Φ⁻¹(p) at p = {}",
                     row.radius, shown(row.sigma * quantile_hint(most)), shown(most.p));
}

Finding check_radius_of_two_bounds(const StatedRow& row, bool rest_of_top,
                                   const std::function<bool(Share)>& holds) {
  if (row.predicted < 0) return std::nullopt;
  if (!(row.p_lower > row.p_upper)) {
    return fmt::format("claims class {}, but p_lower {} is not above p_upper {}", row.predicted,
                       row.p_lower, row.p_upper);
  }
  if (row.norm == "l1") return check_radius_of_cubes(row);
  if (rest_of_top && normal_at_most(noise_units(row), stated_rest(row))) return std::nullopt;
  const Real needed_at = 2 * noise_units(row) + quantile_hint(Share::from_p(row.p_upper));
  if (normal_at_most(needed_at, stated_lower(row))) return std::nullopt;
  const Share needed = normal(needed_at);
  if (stated_lower(row).q - needed.q <= kColumnRounding && holds(needed)) return std::nullopt;
  return fmt::format(
      "radius_full {} claims too much: with p_upper {} it needs a probability of {}, p_lower is {}",
      row.radius, row.p_upper, shown(needed.p), row.p_lower);
}

}  // namespace certify::checker
