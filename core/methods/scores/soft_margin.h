#pragma once

#include <vector>

#include "core/methods/method.h"

namespace certify {

/// Certificates on the smoothed *scores* (softmax or sparsemax), from traces or histograms of them:
/// every bound on a mean, with every margin, named soft-<margin>-<bound>.
///
/// Margins
///
/// - first-direct: the mean of Z, the tested class's score minus the largest other; E max >= max E.
/// - first-bonferroni: the two means bounded apart, alpha / 2 each.
/// - second-top: Φ⁻¹ of the tested class's mean alone.
/// - second: Φ⁻¹ of the two means bounded apart, alpha / 2 each (the default, C). The largest upper
///   bound of all rivals is at least the true runner-up's, so no union is paid.
/// - second-tangent: the smallest margin left by bounds on the mean of X^top - s X^rival, one a
///   rival, s the tangent's slope at the n0 samples' means (D); for bounds in order drawn. In the
///   cases of docs/coverage.md it is 4 to 10 % above second.
///
/// A second margin derived from the first one ("A") gives the radius of first-direct, so it has no
/// name of its own.
///
/// Bounds: empirical-bernstein, confidence-sequence, betting and star-bets (in order drawn) and
/// histogram (order-free). In one mixture of confident scores second-star-bets was 0.1 to 0.3 %
/// above second-betting for n = 100 to 1e5, at a hundred times its cost.
///
/// Radius sigma/2 (Φ⁻¹(p_lower) - Φ⁻¹(p_upper)): Φ⁻¹ of a smoothed [0, 1] function is
/// 1/sigma-Lipschitz (Salman et al., 2019). Sources: Liang, section V; Waudby-Smith & Ramdas
/// (2023); Maurer & Pontil (2009). They throw InputError when no scores were kept, or those of
/// another class than the one under test.
const std::vector<Method>& soft_methods();

}  // namespace certify
