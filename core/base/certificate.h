#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace certify {

inline constexpr int kAbstain = -1;

/// A radius in another norm, or in a part of the image.
struct NamedRadius {
  std::string name;   ///< l1, linf, R, …
  double radius = 0;  ///< in units of the [0,1] input, rounded down; 0 when abstaining
  /// The dual point that proves it (core/first_order/dual.h); all zero where none is needed. With
  /// it a checker needs a quadrature and no solver (docs/first-order.md).
  std::array<double, 3> proof{};
};

/// The certified region where every element has a σ_i of its own: |δ ⊘ σ|₂ <= radius.
struct Ellipsoid {
  static constexpr double kNothing = -std::numeric_limits<double>::infinity();
  double radius = 0;             ///< Mahalanobis: in units of σ; 0 when abstaining
  double log_area = kNothing;    ///< Σ ln σ_i + D ln radius, D the number of elements
  double log_volume = kNothing;  ///< ln of its volume: log_area + ln (π^{D/2} / Γ(D/2 + 1))
};

/// What one method says of one image. It holds with probability >= 1 - alpha over the sampling
/// noise: the smoothed classifier answers `predicted` everywhere within `radius` of the image.
struct Certificate {
  std::int64_t index = 0;  ///< position in the whole data set
  int label = 0;
  int predicted = kAbstain;
  double radius = 0;       ///< in units of the [0,1] input, rounded down; 0 when abstaining
  double p_lower = 0;      ///< lower bound on the certified class's probability, rounded down
  double p_upper = 1;      ///< upper bound on every other class's probability, rounded up
  std::int64_t n_top = 0;  ///< samples that answered with the class under test
  std::int64_t n_runner_up = 0;
  std::int64_t n = 0;            ///< all estimation samples, invalid ones included
  double alpha = 0;              ///< failure probability that the user asked for
  double noise_alpha = 0;        ///< the part of it that is for noise not drawn exactly
  double sigma = 0;              ///< of every element; the smallest one of a map
  std::string_view method;       ///< name in the catalogue; static storage
  std::string_view norm = "l2";  ///< of the radius: what the noise proves; static storage
  double seconds = 0;
  /// All of them hold together, with the same probability; empty for most methods.
  std::vector<NamedRadius> radii = {};
  /// Of a run with a map of sigma; every number in it rounded down.
  std::optional<Ellipsoid> ellipsoid = {};

  bool abstained() const { return predicted == kAbstain; }
  bool correct() const { return predicted == label; }
};

}  // namespace certify
