#include "core/stats/binomial/certified_accuracy_bound.h"

#include <cmath>

#include "core/base/errors.h"
#include "core/stats/binomial/binomial_tail.h"
#include "core/stats/bound.h"
#include "core/stats/monotone_root.h"

namespace certify {
namespace {

void check_arguments(std::int64_t Y, std::int64_t m, double alpha, double rho) {
  if (!(m >= 1 && 0 <= Y && Y <= m)) throw InputError("{} certified images of {}", Y, m);
  check_alpha(alpha);
  if (!(0 < rho && rho < 1)) throw InputError("rho = {}, not in (0, 1)", rho);
}

}  // namespace

double certified_accuracy_bernstein(std::int64_t Y, std::int64_t m, double alpha, double rho) {
  check_arguments(Y, m, alpha, rho);
  const auto images = static_cast<double>(m);
  const double log_term = -std::log(rho);
  const double width =
      std::sqrt(2 * alpha * (1 - alpha) * log_term / images) + log_term / (3 * images);
  const double share = (static_cast<double>(Y) / images - alpha - width) / (1 - alpha);
  return share - 1e-15 * (1 + std::abs(share));
}

std::int64_t certified_count_exact(std::int64_t Y, std::int64_t m, double alpha, double rho) {
  check_arguments(Y, m, alpha, rho);
  // With g good images, at most Bin(m - g, alpha) of the others are certified by mistake. The tail
  // grows with g; where it may exceed rho, g cannot be ruled out.
  const double log_rho = std::log(rho) - 2 * binomial_tail_error(m);
  const auto possible = [&](std::int64_t g) {
    return binomial_upper_tail(Y - g, m - g, Proportion::from_p(alpha)).log_tail > log_rho;
  };
  return least_that(-1, Y, possible);
}

}  // namespace certify
