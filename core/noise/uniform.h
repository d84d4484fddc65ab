#pragma once

#include "core/noise/noise.h"

namespace certify {

/// Uniform noise on [-λ, λ] for every element, λ = √3 σ, rounded as lattice noise is: the
/// classifier that is smoothed is f(R(y)), y = x + U, and R moves every element to the nearest
/// multiple of 1/(255 q). Proves ℓ1 radii. Two cubes of side 2λ that are δ apart share a part of at
/// least 1 - |δ|₁ / 2λ, so a probability changes by at most |δ|₁ / 2λ. Hence 2λ (p_A - ½), and λ
/// (p_A - p_B). Source: Lee, Yuan, Chang & Jaakkola (2019), Yang et al. (2020), theorem for the ℓ1
/// ball.
///
/// Draws as lattice noise does (lattice.h), with T_k = ⌈2⁶⁴ (k - ½ + s) / 2s⌉, s = 255 q λ: cells
/// have equal weights, but for the outermost two, of which only a part may lie in the cube.
///
/// The families of q = 1, 2, 4, 8, 16: "uniform", "uniform:2", …
extern const NoiseFamily kUniform[5];

}  // namespace certify
