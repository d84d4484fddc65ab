#pragma once
/// Four variants that papers print and that prove nothing. `coverage_table` measures them, and
/// docs/coverage.md shows how often they fail: more often than alpha. The program does not know
/// them, and refuses rows that earlier versions wrote with them.

#include "core/methods/method.h"

namespace certify::coverage {

/// The two-sided method with the runner-up fixed by the n0 selection samples. Which class is second
/// is uncertain, and a third one with as much probability goes unseen. Moutaouakil, section 3.3.
extern const Method kPublishedRunnerUp;

/// The first margin in closed form from P(X_1 - X_2 > t) in place of >=: one count too many, and
/// infinite where all samples agree. Liang, equations (3)-(4).
extern const Method kPublishedFirstMargin;

/// The second margin from P(S(X) > S(x)) in place of >=, with the ordering of `second-margin`:
/// infinite where all samples agree. Liang, section IV-C.
extern const Method kPublishedSecondMargin;

/// An empirical-Bernstein bound on the mean of Φ⁻¹(top score) - Φ⁻¹(largest other). Φ⁻¹ is convex
/// above 1/2, so that mean is larger than the margin of the means. Liang, section V-C; scores are
/// cut at 1e-6 and 1 - 1e-6 there.
extern const Method kPublishedSoftSecondMargin;

}  // namespace certify::coverage
