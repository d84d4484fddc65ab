#include "core/stats/binomial/binomial_test.h"

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "core/stats/binomial/binomial_tail.h"
#include "core/stats/bound.h"

namespace certify {

double two_sided_binomial_p_value(std::int64_t k, std::int64_t n) {
  if (!(0 <= k && k <= n)) throw InputError("a count of {} out of {} samples", k, n);
  const std::int64_t most = std::max(k, n - k);
  if (2 * most == n) return 1;
  const double log_tail = binomial_upper_tail(most, n, {0.5, 0.5}).log_tail;
  return std::min(1.0, 2 * std::exp(log_tail) * (1 + 2 * binomial_tail_error(n)));
}

bool top_is_most_likely(std::int64_t top, std::int64_t runner_up, double alpha) {
  if (!(0 <= runner_up && runner_up <= top)) {
    throw InputError("top count {} and runner-up count {}", top, runner_up);
  }
  check_alpha(alpha);
  return two_sided_binomial_p_value(top, top + runner_up) <= alpha;
}

}  // namespace certify
