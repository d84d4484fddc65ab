#include "models/learning/sigma_learning/adam.h"

#include <cmath>

namespace certify {

void Adam::ascend(std::span<double> parameters, std::span<const double> gradient,
                  double learning_rate) {
  constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
  ++steps;
  const double bias1 = 1 - std::pow(kBeta1, static_cast<double>(steps));
  const double bias2 = 1 - std::pow(kBeta2, static_cast<double>(steps));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    mean[i] = kBeta1 * mean[i] + (1 - kBeta1) * gradient[i];
    squares[i] = kBeta2 * squares[i] + (1 - kBeta2) * gradient[i] * gradient[i];
    parameters[i] += learning_rate * (mean[i] / bias1) / (std::sqrt(squares[i] / bias2) + kEpsilon);
  }
}

}  // namespace certify
