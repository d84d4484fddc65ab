#pragma once

#include "core/methods/method.h"
#include "core/stats/bound.h"

namespace certify {

/// The radii before Cohen's, for comparison, from the same two Clopper-Pearson bounds as
/// `two-sided`. Source: Cohen, Rosenfeld & Kolter (2019), appendix I.

/// Differential privacy. Source: Lecuyer et al. (2019).
extern const Method kLecuyer;
/// Rényi divergence. Source: Li et al. (2019).
extern const Method kLi;

/// max over 0 < β <= min(1, ½ ln(p_A / p_B)) of σβ / √(2 ln(1.25 (1 + e^β) / (p_A - e^{2β} p_B))),
/// rounded down; 0 unless p_A > p_B. Every β gives a valid radius, so the search need not be exact.
double lecuyer_radius(double sigma, const LowerBound& top, const UpperBound& runner_up);

/// max over a > 0, a ≠ 1 of σ √(-(2/a) ln(1 - p_A - p_B + 2 M)), M the mean
/// (½ (p_A^{1-a} + p_B^{1-a}))^{1/(1-a)}; otherwise as above. (The printed formula has the exponent
/// of M wrong.)
double li_radius(double sigma, const LowerBound& top, const UpperBound& runner_up);

}  // namespace certify
