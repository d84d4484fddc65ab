#include "models/learning/sigma_learning/area_objective.h"

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "core/stats/normal.h"

namespace certify {

AreaObjective::AreaObjective(std::int64_t dimension, std::int64_t n, double alpha)
    : dimension_(static_cast<double>(dimension)),
      largest_(std::pow(alpha, 1 / static_cast<double>(n))) {
  if (!(n >= 1 && alpha > 0 && alpha < 1 && largest_ > 0.5 && largest_ < 1)) {
    throw InputError("no image can be certified with n = {} at alpha = {}", n, alpha);
  }
}

std::optional<AreaTerm> AreaObjective::at(double p) const {
  if (!(p > 0.5)) return std::nullopt;
  const double reached = std::min(p, largest_);
  const double quantile = normal_quantile(reached, 1 - reached);
  const double slope = p < largest_ ? dimension_ / (quantile * normal_density(quantile)) : 0;
  return AreaTerm{dimension_ * std::log(quantile), slope};
}

}  // namespace certify
