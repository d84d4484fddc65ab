#pragma once
/// Noise of another size for every element of the image: ε ~ N(0, diag(σ_i²)).
/// Source: Tecot, Hsieh, Zhang & Gu, Robustness Verification with Non-Uniform Randomized Smoothing.

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/image.h"

namespace certify {

/// A σ for every element, each positive and finite; made by make_sigma_map() or read_sigma_map().
struct SigmaMap {
  ImageShape shape;
  /// channels × height × width (CHW, as the pixels of an Image), in units of the [0,1] input.
  std::vector<double> values;
  double smallest = 0, largest = 0;
  double log_sum = 0;  ///< Σ ln σ_i over all elements, rounded down
  /// SHA-256 of the bytes that write_sigma_map() gives it: of the values, whatever file they came
  /// from.
  std::string sha256;

  /// Logarithm of the geometric mean.
  double mean_log() const { return log_sum / static_cast<double>(values.size()); }
};

/// @param values  CHW
/// @throws DataError naming the first element that is not positive and finite, and for a number of
/// values that is not the shape's.
SigmaMap make_sigma_map(const ImageShape& shape, std::vector<double> values);

/// "from 0.05 to 0.8, geometric mean 0.31".
std::string describe(const SigmaMap& map);

}  // namespace certify
