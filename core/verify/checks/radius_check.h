#pragma once
/// Whether a row's radius follows from its own p_lower and p_upper, and these from its votes.

#include <functional>
#include <optional>
#include <string>

#include "core/verify/bounds/tails.h"
#include "core/verify/files/row_file.h"

namespace certify::checker {

/// A few units in the last place of a p_lower near 1: what its column may have lost.
inline constexpr Real kColumnRounding = 5e-16L;

/// What is wrong, in one sentence; nothing where all is well.
using Finding = std::optional<std::string>;

inline Real noise_units(const StatedRow& row) { return static_cast<Real>(row.radius) / row.sigma; }
inline Share stated_lower(const StatedRow& row) { return Share::from_p(row.p_lower); }
inline Share stated_rest(const StatedRow& row) { return Share::from_q(row.p_upper); }

/// Whether P[Bin(n, p) >= n_top] is allowed, at the stated bound `name`.
Finding check_top_bound(const StatedRow& row, const char* name, Share p, Real allowed);

/// Radius sigma Φ⁻¹(p) from p_lower or, where that has more digits, from 1 - p_upper. In ℓ1 as
/// check_radius_of_two_bounds().
Finding check_symmetric_radius(const StatedRow& row);

/// Radius sigma/2 (Φ⁻¹(p_A) - Φ⁻¹(p_B)). It needs p_A >= Φ(2 radius / sigma + Φ⁻¹(p_B)), and that
/// is compared with p_lower, and tested itself within the rounding of the column.
/// In ℓ1, of noise that is uniform on a cube: √3 sigma (p_A - p_B), which the columns have exactly.
/// @param rest_of_top  1 - p_upper is a lower bound on p_A as well
/// @param holds        whether p_A can be said to be at least this
Finding check_radius_of_two_bounds(const StatedRow& row, bool rest_of_top,
                                   const std::function<bool(Share)>& holds);

}  // namespace certify::checker
