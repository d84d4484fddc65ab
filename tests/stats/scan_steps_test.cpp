#include "core/stats/margins/scan_steps.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "core/stats/normal.h"

namespace certify {
namespace {

using Event = std::function<bool(int x1, int x2)>;

/// P(A) by enumeration.
double probability(int n, double theta, double d, const Event& event) {
  const double q1 = normal_cdf(theta / 2 - d).below;
  const double q2 = normal_cdf(-theta / 2 - d).below;
  const double q3 = std::max(0.0, normal_cdf(d - theta / 2).below - q2);
  double sum = 0;
  for (int x1 = 0; x1 <= n; ++x1) {
    for (int x2 = 0; x1 + x2 <= n; ++x2) {
      if (!event(x1, x2)) continue;
      const int x3 = n - x1 - x2;
      const double ways =
          std::lgamma(n + 1) - std::lgamma(x1 + 1) - std::lgamma(x2 + 1) - std::lgamma(x3 + 1);
      sum += std::exp(ways) * std::pow(q1, x1) * std::pow(q2, x2) * std::pow(q3, x3);
    }
  }
  return sum;
}

/// Between two points nothing may rise above both by more than the allowance, where it matters.
void expect_no_hiding_place(int n, double theta, double alpha, double allowance,
                            const Event& event) {
  ScanSteps steps(theta, n, alpha, allowance);
  double a = 0;
  double b = steps.first();
  while (a < 3) {
    const double ends =
        a == 0 ? probability(n, theta, b, event)
               : std::max(probability(n, theta, a, event), probability(n, theta, b, event));
    for (double share = 0.1; share < 0.95; share += 0.2) {
      const double inside = probability(n, theta, a + share * (b - a), event);
      if (inside >= alpha) {
        ASSERT_LE(inside, ends * std::exp(allowance) * (1 + 1e-9)) << a << " to " << b;
      }
    }
    a = b;
    b = steps.next(b);
    ASSERT_GT(b, a);
  }
}

TEST(ScanSteps, LeaveNoEventAPlaceToHide) {
  std::mt19937 random(3);
  for (const int n : {1, 5, 14}) {
    for (const double theta : {-1.0, 0.0, 0.3, 2.5}) {
      for (const double allowance : {0.3, 0.02}) {
        for (int i = 0; i < 6; ++i) {
          const std::size_t share = 1 + random() % 5;
          std::vector<bool> chosen;
          for (int x = 0; x < (n + 1) * (n + 1); ++x) chosen.push_back(random() % 6 < share);
          expect_no_hiding_place(n, theta, 0.001, allowance, [&](int x1, int x2) {
            return chosen[static_cast<std::size_t>(x1 * (n + 1) + x2)];
          });
          const int lead = static_cast<int>(random() % static_cast<std::size_t>(n + 1));
          expect_no_hiding_place(n, theta, 0.001, allowance,
                                 [&](int x1, int x2) { return x1 - x2 >= lead; });
          expect_no_hiding_place(n, theta, 0.001, allowance,  // parity: many ties, or none
                                 [&](int x1, int x2) { return (x1 + x2 + lead) % 2 == 0; });
        }
      }
    }
  }
}

TEST(ScanSteps, GrowWithTheAllowanceAndAreFew) {
  const auto count = [](std::int64_t n, double allowance) {
    ScanSteps steps(2, n, 0.001, allowance);
    int points = 1;
    for (double d = steps.first(); d < 3; d = steps.next(d)) ++points;
    return points;
  };
  EXPECT_LT(count(100, 0.01), count(100, 0.0001));
  EXPECT_LT(count(100, 0.0001), 3000);
  EXPECT_LT(count(100'000, 0.04), 3000) << "of some 600 standard errors";
}

}  // namespace
}  // namespace certify
