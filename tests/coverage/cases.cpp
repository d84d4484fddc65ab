#include "tests/coverage/cases.h"

#include <cmath>
#include <iterator>

namespace certify::coverage {

double tolerated_misses(const Case& c, std::int64_t trials) {
  const auto n = static_cast<double>(trials);
  return n * c.alpha + 4 * std::sqrt(n * c.alpha * (1 - c.alpha));
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (auto* part : {hard_label_cases, mean_cases, soft_cases, stopping_cases, gradient_cases,
                     ellipsoid_cases, noise_cases}) {
    std::vector<Case> cases = part();
    all.insert(all.end(), std::make_move_iterator(cases.begin()),
               std::make_move_iterator(cases.end()));
  }
  return all;
}

}  // namespace certify::coverage
