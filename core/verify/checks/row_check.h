#pragma once
/// Whether one row claims more than its counts allow.
///
/// Everything is evaluated going forward: the tail of the binomial or multinomial at the stated
/// bound, Φ at the stated radius over sigma. No bound is solved for, and no code of core/stats or
/// core/methods takes part. A finding is a proof up to the evaluation errors in
/// core/verify/bounds/tails.h: there are class probabilities under which the claim fails more often
/// than was allowed.
///
/// What is found, and how closely
/// - radius_full above the radius of the stated p_lower and p_upper: to the last unit of a double
///   (normal_at_most()) where the two add up to 1, that is always for cohen, first-margin and
///   second-margin. Our own rows are rounded down by a few dozen units, so a row may be raised
///   within that and still be true; it then passes, as it should.
/// - two-sided, where p_upper is the runner-up's own bound: to 5e-16 in p_lower, the rounding of
///   that column. lecuyer and li: to 1e-9 (their radius is a maximum over a free parameter).
/// - p_lower and p_upper whose tail exceeds what was allowed by more than 1e-12 of it.
/// - first-margin and second-margin: as above, at the worst of all class probabilities with the
///   stated margin, as far as a grid with refinement finds it (core/verify/bounds/trinomial.h):
///   what is convicted is guilty, what passes may in principle hide a worse place. 4000 points
///   found none in 324 random cases.
/// - second-margin: its ordering of outcomes, methods.md section 1, is taken as given.
/// - cohen-sequential: the e-process of methods.md section 5 at the stated bound, by quadrature, to
///   1e-12 of its logarithm; Clopper-Pearson where the row says that all samples were drawn, which
///   only the run's records can confirm.
/// - methods on scores: core/verify/checks/score_check.h; without the scores only the radius is
///   checked against p_lower and p_upper.
/// - first-order: core/verify/checks/gradient_check.h; without the gradient only p_lower and
/// p_upper. Not found: counts or scores that were invented together with the row that follows from
/// them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/verify/files/row_file.h"

namespace certify {

/// Where the class under test came from; decides how much of alpha is left for the bounds.
enum class ClassFrom { kSeparateSamples, kSameSamples, kLabel };

/// What can be said of a method's rows.
enum class Checkable {
  kYes,
  kWithScores,    ///< the row alone does not show its bounds
  kWithGradient,  ///< the row alone does not show what its radii rest on
  kUnknown,
};
Checkable checkable(std::string_view method);

/// What of alpha the bounds of a row may spend, after choosing the class (methods.md, section 0):
/// all of it for a class from elsewhere; for one from the same samples half where only a majority
/// is ever certified (cohen), and 9/10 where the class was verified by a test at alpha / 10.
long double alpha_for_bounds(std::string_view method, ClassFrom from, long double alpha);

/// Up to this n `second-margin` is the exact bound, above it `second-margin (two-sided)`. The rule
/// looks at n alone: to choose the better of the two by the samples would cost alpha.
inline constexpr std::int64_t kLargestExactMargin = 200'000;

struct ScoresBehind;
struct GradientBehind;

/// What is wrong with the row by itself: one sentence each, with the tail and what was allowed.
/// @param scores, gradient  behind it, where its method needs them and they are at hand
std::vector<std::string> check_row(const StatedRow& row, ClassFrom from,
                                   const ScoresBehind* scores = nullptr,
                                   const GradientBehind* gradient = nullptr);

}  // namespace certify
