#pragma once

#include <cstdint>
#include <optional>

namespace certify {

/// What an image adds to the objective besides Σ log σ_i, and how fast that grows with p.
struct AreaTerm {
  double value = 0;  ///< D log Φ⁻¹(p)
  double slope = 0;  ///< its derivative, D / (Φ⁻¹(p) φ(Φ⁻¹(p))); 0 beyond the largest p
};

/// The logarithm of the certified area, O = Σ log σ_i + D log Φ⁻¹(p), as a function of the label's
/// probability p under noise. Source: Tecot et al., the objective that σ is learned by.
class AreaObjective {
 public:
  /// @param dimension  D, the elements of an image
  /// @param n,alpha  of the certification to come. All n votes for one class prove p > α^(1/n) and
  /// no more, so a larger p earns nothing more. (The authors' code cuts p off at 1 - 10⁻⁷.)
  /// @throws InputError where α^(1/n) does not exceed ½: nothing can be certified then
  AreaObjective(std::int64_t dimension, std::int64_t n, double alpha);

  /// Nothing for p ≤ ½ (or NaN): the ellipsoid is empty, the image not classified right.
  std::optional<AreaTerm> at(double p) const;

 private:
  double dimension_, largest_;
};

}  // namespace certify
