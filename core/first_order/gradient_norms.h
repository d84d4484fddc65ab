#pragma once
/// How long the smoothed classifier's gradient is, from noise averages.
///
/// For noise z ~ N(0, I) in d dimensions and the votes f of the base classifier, u = E[z f] = σ∇g
/// is the gradient of the smoothed classifier in units of the noise. A sample gives z (f - ½),
/// whose mean is u because E z = 0, and which is sub-Gaussian along every direction with variance
/// proxy k.
///
/// Source: Mohapatra et al. (NeurIPS 2020), theorem 5 and appendix, corrected: table 1 prints √(2d)
/// for the quadratic deviation and one root too many in the solution; both miss far more often than
/// alpha.

#include <cstdint>

namespace certify {

/// Which variance proxy of z (f - ½) is used.
enum class SubGaussian {
  kPaper,  ///< 1/4 + 3/√(8πe) = 0.613: proved in the paper
  kTight,  ///< 0.4022: the supremum over votes, found numerically (0.40218) and rounded up
};
double variance_proxy(SubGaussian constant);

/// Two means X and Y of z (f - ½) over n1 and n2 independent samples, restricted to `dimension`
/// coordinates.
struct GradientSplit {
  double dot = 0;  ///< X · Y over these coordinates
  std::int64_t dimension = 0;
  std::int64_t n1 = 0, n2 = 0;
};

/// Bounds on the ℓ2 norm of u over these coordinates, each with probability >= 1 - alpha, rounded
/// outward. Half of alpha pays for the part of X · Y that is linear in the deviations, half for the
/// quadratic part, with the exact Chernoff exponent: no condition on alpha and d.
/// @throws InputError for n1, n2 or dimension < 1, alpha outside (0,1), a dot that is not finite.
double gradient_l2_upper(const GradientSplit& split, double alpha, SubGaussian constant);
double gradient_l2_lower(const GradientSplit& split, double alpha, SubGaussian constant);

/// An upper bound on max |u_i| from the largest |entry| of the mean over all n samples: a union
/// over 2d one-sided deviations. Same errors and rounding.
double gradient_linf_upper(double largest, std::int64_t dimension, std::int64_t n, double alpha,
                           SubGaussian constant);

}  // namespace certify
