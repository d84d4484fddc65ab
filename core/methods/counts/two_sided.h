#pragma once

#include "core/methods/method.h"
#include "core/methods/selection.h"
#include "core/stats/bound.h"

namespace certify {

/// Both probabilities bounded by Clopper-Pearson, alpha / 2 each: radius
/// sigma/2 (Φ⁻¹(p_A) - Φ⁻¹(p_B)), theorem 1 of Cohen, Rosenfeld & Kolter (2019). p_B is the bound
/// on the largest other count of the same samples, which needs no correction: the bound grows with
/// the count, and the true runner-up's count is at most the largest. Can certify where p_A <= 1/2.
extern const Method kTwoSided;

/// Clopper-Pearson bounds on the class under test and on every other one, together at tested.alpha.
struct TwoBounds {
  LowerBound top;
  UpperBound runner_up;  ///< at most 1 - top
};
TwoBounds two_bounds(const ClassUnderTest& tested);

}  // namespace certify
