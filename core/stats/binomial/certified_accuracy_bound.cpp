#include "core/stats/binomial/certified_accuracy_bound.h"

#include <fmt/format.h>

#include <cmath>

#include "core/base/errors.h"
#include "core/stats/binomial/binomial_tail.h"
#include "core/stats/sequential/unit_sequence.h"

namespace certify {
namespace {

void check_arguments(std::int64_t Y, std::int64_t m, double alpha, double rho) {
  if (!(m >= 1 && 0 <= Y && Y <= m)) {
    throw InputError(fmt::format("{} certified images of {}", Y, m));
  }
  check_alpha(alpha);
  if (!(0 < rho && rho < 1)) throw InputError(fmt::format("rho = {}, not in (0, 1)", rho));
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
    if (g >= Y) return true;
    return binomial_upper_tail(Y - g, m - g, Proportion::from_p(alpha)).log_tail > log_rho;
  };
  std::int64_t low = 0;
  std::int64_t high = Y;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (possible(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace certify
