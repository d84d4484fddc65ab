#pragma once
/// What is kept of the noise for certificates of first order: averages of z (1[f = c] - ½), whose
/// mean is the smoothed classifier's gradient in units of the noise.

#include <cstdint>
#include <string>
#include <vector>

namespace certify {

/// X · Y over some of the coordinates, X and Y being the means over either half of the samples.
struct SubspaceDot {
  std::string name;  ///< R, G, B; grey; mask
  std::int64_t dimension = 0;
  double dot = 0;
  bool operator==(const SubspaceDot&) const = default;
};

/// Samples with even number are the first half, those with odd number the second.
struct GradientStatistics {
  int tested = -1;  ///< the class c, fixed without looking at these samples
  std::int64_t n1 = 0, n2 = 0;
  std::int64_t dimension = 0;
  double dot = 0;      ///< X · Y over all coordinates
  double largest = 0;  ///< the largest |entry| of the mean over both halves
  std::vector<SubspaceDot> subspaces;
  /// The mean over both halves, in HWC order; empty unless it was asked for. No certificate needs
  /// it.
  std::vector<float> mean = {};

  bool empty() const { return dimension == 0; }
  bool operator==(const GradientStatistics&) const = default;
};

}  // namespace certify
