#pragma once

#include "core/noise/noise.h"

namespace certify {

/// ε ~ N(0, σ²I), or N(0, diag(σ_i²)) of a map. Proves ℓ2 radii: σ Φ⁻¹(p_A) and
/// σ/2 (Φ⁻¹(p_A) - Φ⁻¹(p_B)), of a map in units of its smallest σ.
/// Source: Cohen, Rosenfeld & Kolter (2019), theorem 1.
///
/// Draws: Philox key = seed; counter = (element / 4, sample, phase, image); the four words of a
/// block give elements 4q .. 4q+3, numbered in HWC order (the memory order of a channels_last
/// batch). out[i] = x[i] + scale · z_i, one rounding each.
extern const NoiseFamily kGaussian;

constexpr Noise gaussian_noise(double sigma, const SigmaMap* map = nullptr) {
  return {&kGaussian, sigma, map};
}

// What N(0, σ²I) proves, for other families that it stands behind. See NoiseFamily.
double gaussian_majority_radius(const Noise& noise, const LowerBound& top);
double gaussian_pair_radius(const Noise& noise, const LowerBound& top, const UpperBound& rivals);
Proportion gaussian_probability_at(const Noise& noise, double radius);

/// The smallest float that is not below sigma. Noise at least as large as stated keeps σ·Φ⁻¹ a
/// certificate of what was sampled; rounding to nearest would overclaim by 2e-8 (0.12f < 0.12).
float noise_scale(double sigma);

}  // namespace certify
