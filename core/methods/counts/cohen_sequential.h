#pragma once

#include <cstdint>

#include "core/methods/method.h"
#include "core/stats/binomial/binomial_tail.h"
#include "core/stats/bound.h"

namespace certify {

/// `cohen` for images that were sampled only as much as needed: radius sigma Φ⁻¹(p_lower), whatever
/// decided when to stop. Of alpha, a tenth goes to the bound that holds at all sample sizes
/// together (core/stats/sequential/sequential_test.h), which p_lower is where sampling stopped
/// early; the rest to Clopper-Pearson at the n that was planned, which p_lower is where all n were
/// drawn.
///
/// Why that is valid: think of all n samples as drawn, though some are never looked at. Let p
/// be the probability of the class, which other samples or the label chose. With probability
/// >= 1 - alpha/10 the sequential bound is at most p at *every* t <= n, so also at the one where
/// sampling stopped, whichever that was and why; with probability >= 1 - 9/10 alpha the
/// Clopper-Pearson bound of all n is at most p. A false row needs one of the two to fail, and which
/// of the bounds is reported need not be independent of either. Nothing in this asks which
/// radius, alpha or class the stopping looked at, so the samples may be certified again at others.
///
/// The sequential bound at n is never the larger of the two: reaching 10/alpha there is a test of
/// level alpha/10 at n, and Clopper-Pearson's is the best of its level, which is nine times that.
///
/// With Selection::kSame it throws InputError: the class with most votes at a time that the votes
/// chose is not covered by the argument. Neither proof for such a class (convexity below 1/2,
/// verification) is one for a random number of samples.
extern const Method kCohenSequential;

/// What a row says where all n were drawn, and Clopper-Pearson bounds the probability.
inline constexpr std::string_view kCohenSequentialAllDrawn = "cohen-sequential (all n)";

/// @throws InputError for Selection::kSame.
void refuse_same_samples(const MethodOptions& options);

/// p_lower where sampling stopped after t samples, k of them for the class.
LowerBound lower_when_stopped(std::int64_t k, std::int64_t t, double alpha);
/// Whether the former is at least p0, but for rounding: much faster.
bool rejected_when_stopped(std::int64_t k, std::int64_t t, double alpha, Proportion p0);
/// p_lower where all n were drawn.
LowerBound lower_when_all_drawn(std::int64_t k, std::int64_t n, double alpha);

}  // namespace certify
