#include "core/stats/sequential/sequential_test.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/base/errors.h"
#include "core/stats/binomial/clopper_pearson.h"
#include "tests/stats/golden.h"

namespace certify {
namespace {

constexpr double kTolerance = 1e-9;

TEST(SequentialTest, EValueIsJustBelowTheExactOne) {
  double largest = 0;
  for (const auto& row : testing::golden().at("log_e_value")) {
    const std::int64_t t = row[1];
    const double value = log_e_value(row[0], t, Proportion::from_q(testing::number(row[2])));
    const long double missing = testing::exact(row[3]) - static_cast<long double>(value);
    const double margin = sequential_test_error(t, value);
    EXPECT_GE(missing, 0.75 * margin) << row.dump();  // a quarter of what is taken off was needed
    EXPECT_LE(missing, 1.25 * margin) << row.dump();
    largest = std::max(largest, static_cast<double>(std::abs(missing - margin)) / margin);
  }
  RecordProperty("largest_error_over_margin", std::to_string(largest));
}

TEST(SequentialTest, LowerBoundIsJustBelowTheExactValueInBothParts) {
  for (const auto& row : testing::golden().at("sequential_lower")) {
    const LowerBound bound = sequential_lower(row[0], row[1], testing::number(row[2]));
    testing::expect_just_below(bound.p, testing::exact(row[3]), kTolerance, row.dump());
    testing::expect_just_above(bound.q, testing::exact(row[4]), kTolerance, row.dump());
  }
}

TEST(SequentialTest, MatchesTheIndependentTable) {
  for (const auto& entry : testing::independent_entries("bernoulli_trunc_jeffreys_logE")) {
    const auto& in = entry.at("inputs");
    // Its p0 are decimals: what the nearest double to 1 - p0 misses is within 1e-10 here.
    const double value =
        log_e_value(in["k"], in["t"], Proportion::from_p(testing::number(in["p0"])));
    EXPECT_NEAR(value, static_cast<double>(testing::exact(entry["expected"])), 1e-9);
  }
}

TEST(SequentialTest, BeforeTheFirstTrialNothingIsKnown) {
  EXPECT_NEAR(log_e_value(0, 0, {0.5, 0.5}), 0, 1e-11);
  EXPECT_EQ(sequential_lower(0, 0, 0.05).p, 0);
  EXPECT_EQ(sequential_lower(0, 1000, 0.05).p, 0);
  EXPECT_EQ(sequential_lower(0, 1000, 0.05).q, 1);
}

TEST(SequentialTest, NoSuccessesAreNoEvidenceHoweverSmallTheProportion) {
  for (const double p0 : {1e-12, 1e-3, 0.5, 0.999}) {
    EXPECT_LE(log_e_value(0, 10'000'000, Proportion::from_p(p0)), 0) << p0;
  }
  EXPECT_LE(log_e_value(0, 10'000'000, Proportion::from_q(1e-12)), 0);
}

TEST(SequentialTest, TheBoundGrowsWithTheCountAndWithAlphaAndStaysBelowClopperPearson) {
  for (const std::int64_t t : {1, 2, 3, 17, 400}) {
    for (std::int64_t k = 1; k <= t; ++k) {
      const LowerBound bound = sequential_lower(k, t, 0.01);
      EXPECT_GT(bound.p, sequential_lower(k - 1, t, 0.01).p);
      EXPECT_LT(bound.p, sequential_lower(k, t, 0.02).p);
      EXPECT_LT(bound.p, clopper_pearson_lower(k, t, 0.01).p);
      EXPECT_GE(bound.p + bound.q, 1 - 1e-15);
    }
  }
}

TEST(SequentialTest, EveryProportionBelowTheBoundIsRejectedAndNoneAboveIt) {
  constexpr double kAlpha = 0.5;  // the largest allowed, where monotony is closest to failing
  for (const std::int64_t t : {1, 2, 5, 40, 3000}) {
    for (std::int64_t k = 1; k <= t; k += 1 + t / 37) {
      const double bound = sequential_lower(k, t, kAlpha).p;
      for (int i = 1; i < 400; ++i) {
        const double p0 = i / 400.0;
        const bool rejected = log_e_value(k, t, Proportion::from_p(p0)) >= -std::log(kAlpha);
        EXPECT_EQ(rejected, p0 <= bound) << k << " of " << t << " at " << p0;
      }
    }
  }
}

TEST(SequentialTest, TenMillionTrialsNearCertaintyKeepTheDigitsOfTheComplement) {
  const LowerBound bound = sequential_lower(10'000'000, 10'000'000, 1e-4);
  EXPECT_GT(bound.q, 9.2e-7);  // the fixed-n bound: ln(1e4) / 1e7
  EXPECT_LT(bound.q, 1.3e-6);
  EXPECT_GE(log_e_value(10'000'000, 10'000'000, Proportion::from_q(bound.q)), std::log(1e4));
  EXPECT_LT(log_e_value(10'000'000, 10'000'000, Proportion::from_q(bound.q * (1 - 1e-9))),
            std::log(1e4));
}

/// Smallest k at which E reaches 1/alpha, t + 1 where none does.
std::int64_t crossing(std::int64_t t, Proportion p0, double log_threshold, std::int64_t from) {
  while (from <= t && !(log_e_value(from, t, p0) >= log_threshold)) ++from;
  return from;
}

/// P_p(E reaches 1/alpha at any t <= last), by following the law of the count over all paths that
/// have not crossed.
double crossing_probability(double p, Proportion p0, double alpha, std::int64_t last) {
  std::vector<double> law{1};
  double crossed = 0;
  std::int64_t edge = 0;
  for (std::int64_t t = 1; t <= last; ++t) {
    law.push_back(0);
    for (std::size_t k = law.size() - 1; k > 0; --k) law[k] = law[k] * (1 - p) + law[k - 1] * p;
    law[0] *= 1 - p;
    edge = crossing(t, p0, -std::log(alpha), edge);
    for (auto k = static_cast<std::size_t>(edge); k < law.size(); ++k) {
      crossed += law[k];
      law[k] = 0;
    }
  }
  return crossed;
}

TEST(SequentialTest, CrossesWithProbabilityAtMostAlphaHoweverOftenOneLooks) {
  constexpr std::int64_t kLast = 2000;
  for (const double p0 : {0.02, 0.5, 0.8, 0.99}) {
    for (const double alpha : {0.2, 0.01}) {
      const double crossed = crossing_probability(p0, Proportion::from_p(p0), alpha, kLast);
      EXPECT_LE(crossed, alpha) << p0;
      EXPECT_GT(crossed, alpha / 20) << p0 << ": a test this slack would be of little use";
      // A smaller proportion than the one tested crosses less often still.
      EXPECT_LE(crossing_probability(0.9 * p0, Proportion::from_p(p0), alpha, kLast), crossed);
    }
  }
}

TEST(SequentialTest, AFixedBoundLookedAtAsOftenIsNotValid) {
  constexpr double kAlpha = 0.05;
  std::vector<double> law{1};
  double missed = 0;
  for (std::int64_t t = 1; t <= 1000; ++t) {
    law.push_back(0);
    for (std::size_t k = law.size() - 1; k > 0; --k) law[k] = (law[k] + law[k - 1]) / 2;
    law[0] /= 2;
    for (std::size_t k = law.size(); k-- > 0;) {
      if (clopper_pearson_lower(static_cast<std::int64_t>(k), t, kAlpha).p <= 0.5) break;
      missed += law[k];
      law[k] = 0;
    }
  }
  EXPECT_GT(missed, 4 * kAlpha);
}

TEST(SequentialTest, RefusesArgumentsThatMeanNothing) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(log_e_value(-1, 5, {0.5, 0.5}), InputError);
  EXPECT_THROW(log_e_value(6, 5, {0.5, 0.5}), InputError);
  EXPECT_THROW(log_e_value(3, 5, {0, 1}), InputError);
  EXPECT_THROW(log_e_value(3, 5, {1, 0}), InputError);
  EXPECT_THROW(log_e_value(3, 5, {nan, nan}), InputError);
  EXPECT_THROW(sequential_lower(6, 5, 0.1), InputError);
  EXPECT_THROW(sequential_lower(5, 5, 0), InputError);
  EXPECT_THROW(sequential_lower(5, 5, 0.51), InputError);
  EXPECT_THROW(sequential_lower(5, 5, nan), InputError);
}

}  // namespace
}  // namespace certify
