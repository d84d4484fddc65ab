#pragma once

#include <cstdint>

namespace certify {

/// Certified accuracy at one radius from m images of which Y were certified correctly, each by a
/// certificate that fails with probability <= alpha, independently: with probability >= 1 - rho the
/// share of the m images that really are robust and correct there is at least the returned number,
/// rounded down. It holds at the one radius that was asked about, not at all radii together.
/// Why: at most all good images are certified rightly, and of the others a share alpha by mistake.
/// Source: Cohen, Rosenfeld & Kolter (2019), theorem 5:
/// (Y/m - α - √(2 α (1-α) ln(1/ρ) / m) - ln(1/ρ) / (3m)) / (1-α). Not clipped: may be negative.
/// @throws InputError unless 0 <= Y <= m, m >= 1, alpha and rho in (0, 1).
double certified_accuracy_bernstein(std::int64_t Y, std::int64_t m, double alpha, double rho);

/// The same statement, exactly: the number of good images, min{g : P[Bin(m-g, α) >= Y-g] > ρ}.
/// Where alpha equals rho and all images are certified, the exact tail can equal rho to the last
/// digit. The count returned is then one lower.
std::int64_t certified_count_exact(std::int64_t Y, std::int64_t m, double alpha, double rho);

}  // namespace certify
