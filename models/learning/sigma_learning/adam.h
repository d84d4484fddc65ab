#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace certify {

/// Adam (Kingma & Ba 2015) with its usual constants: β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
struct Adam {
  std::int64_t steps = 0;             ///< taken
  std::vector<double> mean, squares;  ///< running means of the gradient and of its squares

  static Adam of(std::size_t parameters) {
    return {0, std::vector<double>(parameters), std::vector<double>(parameters)};
  }
  /// One step uphill. All spans have the size of `mean`.
  void ascend(std::span<double> parameters, std::span<const double> gradient, double learning_rate);
};

}  // namespace certify
