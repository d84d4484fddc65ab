#pragma once

#include <cstdint>

namespace certify {

/// The points of a scan over two classes' probabilities with a fixed second margin, q_1 = Φ(θ/2 -
/// d) and q_2 = Φ(-θ/2 - d) for d >= 0, chosen so that no event can hide between them: if P(A) is
/// at most α exp(-allowance) at every point, for n samples, then it is at most α for every d.
///
/// Why. Let a < d < b, s in [0, 1] and r_i = q_i(d) / (q_i(a)^(1-s) q_i(b)^s) for the three cells.
/// Hölder's inequality, then Jensen's under P_d given A, say that
///   P_a(A)^(1-s) P_b(A)^s >= Σ_A P_a(x)^(1-s) P_b(x)^s = P_d(A) E_d[Π r_i^(-X_i) | A]
///                         >= P_d(A) exp(-Σ E_d[X_i | A] ln r_i),
/// so ln P_d(A) exceeds the larger end by at most Σ E_d[X_i | A] ln r_i. ln r_i is what a chord
/// misses of a function, at most C_i h²/8 where C_i bounds its curvature over a step of length h:
/// - with s linear in d, the curvatures of ln Φ(±θ/2 - d), which grow with d (Sampford 1953), and
///   of ln q_3, which is bounded from its derivatives at a;
/// - with s linear in ln q_3, r_3 = 1 and those of ln q_1 and ln q_2 vanish with q_3: for the end
///   where few samples fall into the third cell.
/// And the mean of f = Σ C_i X_i given A is at most (ln E exp(λ f) + ln 1/P(A)) / λ for every
/// λ > 0 (Donsker & Varadhan), where P_d(A) >= α, which is all that matters.
///
/// Why not a scan by |dP| <= √(I P (1 - P)) (Cauchy-Schwarz): it would be rigorous too, but at
/// first order. Its steps would be as fine as √α, thirty times the work at α = 0.001.
class ScanSteps {
 public:
  /// @pre n >= 1, alpha in (0, 1), allowance > 0
  ScanSteps(double theta, std::int64_t n, double alpha, double allowance);

  /// The point after 0, so near that P(A) rises by less than the allowance from it down to 0: there
  /// the ratios of likelihoods are at most (q_1(0) / q_1(d))^n or (q_2(0) / q_2(d))^n.
  double first() const;
  /// The point after d.
  double next(double d);

 private:
  struct Cells {
    double d, q1, q2, q3, slope1, slope2;  ///< slopes: φ(θ/2 - d) and φ(θ/2 + d)
  };
  struct Three {
    double first, second, third;
  };
  Cells at(double d) const;
  /// In units of the allowance.
  double rise(const Three& probabilities, const Three& curvatures, double length) const;
  double rise_by_distance(const Cells& a, const Cells& b) const;
  double rise_by_third_cell(const Cells& a, const Cells& b) const;

  double half_;  ///< |θ|/2: a negative margin is that of the classes swapped
  double n_, log_alpha_, allowance_;
  double step_ = 0, rise_ = 1;  ///< the last ones
};

}  // namespace certify
