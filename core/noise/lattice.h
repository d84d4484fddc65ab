#pragma once

#include "core/noise/noise.h"

namespace certify {

/// Gaussian noise, rounded: the classifier that is smoothed is f(R(y)), where R moves every element
/// of y to the nearest multiple of 1/(255 q), and y = x + N(0, σ²I). It is a function of y, so what
/// is proven of Gaussian noise holds for it, with the same radii. For x of 8 bits R(x + ε) = x +
/// K/(255 q), and the whole number K is drawn exactly: no float takes part in what is assumed.
/// Source: docs/floating-point.md; after Voráček & Hein (2023), Jin et al. (2022).
///
/// Draws: Philox as of Gaussian noise, a word u an element; K = #{k : T_k <= 2³² u + v} above the
/// lowest cell, T_k = ⌈2⁶⁴ Φ((k - ½)/(255 q σ))⌉. v is a second word, of the same counter with the
/// phase's top bit set, and drawn only where it matters.
///
/// The families of q = 1, 2, 4, 8, 16: "lattice", "lattice:2", …
extern const NoiseFamily kLattice[5];

/// How far, in total variation, an element may be from the K that is proven, in units of 2⁻⁶⁴: half
/// of one for either end of each cell, and one for what lies beyond the outermost cells.
/// @param spread  σ in cells
double lattice_error_units(double spread);

}  // namespace certify
