#include "core/stats/binomial/clopper_pearson.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/base/errors.h"
#include "core/stats/binomial/binomial_tail.h"
#include "tests/stats/golden.h"

namespace certify {
namespace {

constexpr double kTolerance = 1e-9;

TEST(ClopperPearson, LowerBoundIsJustBelowTheExactValueInBothParts) {
  for (const auto& row : testing::golden().at("clopper_pearson_lower")) {
    const LowerBound bound = clopper_pearson_lower(row[0], row[1], testing::number(row[2]));
    testing::expect_just_below(bound.p, testing::exact(row[3]), kTolerance, row.dump());
    testing::expect_just_above(bound.q, testing::exact(row[4]), kTolerance, row.dump());
  }
}

TEST(ClopperPearson, UpperBoundIsJustAboveTheExactValueInBothParts) {
  // P[Bin(n, p) <= k] is P[Bin(n, 1-p) >= n-k]: the table read in a mirror.
  for (const auto& row : testing::golden().at("clopper_pearson_lower")) {
    const auto n = row[1].get<std::int64_t>();
    const UpperBound bound =
        clopper_pearson_upper(n - row[0].get<std::int64_t>(), n, testing::number(row[2]));
    testing::expect_just_above(bound.p, testing::exact(row[4]), kTolerance, row.dump());
    testing::expect_just_below(bound.q, testing::exact(row[3]), kTolerance, row.dump());
  }
}

TEST(ClopperPearson, MatchesTheIndependentTable) {
  for (const auto& entry : testing::independent_entries("cp_lower")) {
    const auto& in = entry.at("inputs");
    const double p = clopper_pearson_lower(in["k"], in["n"], testing::number(in["alpha"])).p;
    testing::expect_just_below(p, testing::exact(entry["expected"]), kTolerance, entry.dump());
  }
  for (const auto& entry : testing::independent_entries("cp_upper")) {
    const auto& in = entry.at("inputs");
    const double p = clopper_pearson_upper(in["k"], in["n"], testing::number(in["alpha"])).p;
    testing::expect_just_above(p, testing::exact(entry["expected"]), kTolerance, entry.dump());
  }
}

TEST(ClopperPearson, NoSuccessGivesZeroAndAllSuccessesGiveOne) {
  EXPECT_EQ(clopper_pearson_lower(0, 100, 0.001).p, 0);
  EXPECT_EQ(clopper_pearson_lower(0, 100, 0.001).q, 1);
  EXPECT_EQ(clopper_pearson_upper(100, 100, 0.001).p, 1);
  EXPECT_EQ(clopper_pearson_upper(100, 100, 0.001).q, 0);
}

TEST(ClopperPearson, AllSuccessesGivesAlphaToTheOneOverN) {
  const LowerBound bound = clopper_pearson_lower(10, 10, 0.001);
  EXPECT_NEAR(bound.p, std::pow(0.001, 0.1), 1e-12);
  // At ten million samples 1 - p keeps its digits: ln(1000) / 1e7 (1 - ln(1000) / 2e7).
  EXPECT_NEAR(clopper_pearson_lower(10'000'000, 10'000'000, 0.001).q / 6.9077528960363785e-7, 1,
              1e-9);
}

TEST(ClopperPearson, GrowsWithTheCountAndWithAlpha) {
  for (const std::int64_t n : {1, 2, 3, 17, 1000}) {
    for (std::int64_t k = 1; k <= n; ++k) {
      const LowerBound bound = clopper_pearson_lower(k, n, 0.01);
      EXPECT_GT(bound.p, clopper_pearson_lower(k - 1, n, 0.01).p);
      EXPECT_LT(bound.q, clopper_pearson_lower(k - 1, n, 0.01).q);
      EXPECT_LT(bound.p, clopper_pearson_lower(k, n, 0.02).p);
      EXPECT_LE(bound.p, clopper_pearson_upper(k, n, 0.01).p);
      EXPECT_GE(bound.p + bound.q, 1 - 1e-15);
    }
  }
}

TEST(ClopperPearson, LeavesATailOfAtMostAlphaAtExtremeArguments) {
  for (const std::int64_t n : {1L, 2L, 1000L, 10'000'000L, 4'000'000'000L}) {
    for (const double alpha : {1e-300, 1e-12, 0.5, 0.9, 0.999999}) {
      for (const std::int64_t k : {std::int64_t{1}, n / 3, n / 2, n - 1}) {
        if (k < 1) continue;
        const LowerBound bound = clopper_pearson_lower(k, n, alpha);
        const auto at =
            bound.p < bound.q ? Proportion::from_p(bound.p) : Proportion::from_q(bound.q);
        EXPECT_LE(binomial_upper_tail(k, n, at).log_tail, std::log(alpha)) << k << " " << n;
        EXPECT_GT(binomial_upper_tail(k, n, at).log_tail, std::log(alpha) - 1e-8) << k << " " << n;
      }
    }
  }
}

TEST(ClopperPearson, GivesTheSafeEndWhereDoublesLieFurtherApartThanTheSearchIsFine) {
  const struct {
    std::int64_t k, n;
    double alpha;
  } cases[] = {{4'969'695, 10'000'000, 1e-200},
               {5'030'305, 10'000'000, 1e-200},
               {499'000'000, 1'000'000'000, 1e-300},
               {500'000'000, 1'000'000'000, 1e-100},
               {999'000'000, 1'000'000'000, 1e-300}};
  for (const auto& [k, n, alpha] : cases) {
    const LowerBound bound = clopper_pearson_lower(k, n, alpha);
    const double share = static_cast<double>(k) / static_cast<double>(n);
    const double sd = std::sqrt(share * (1 - share) / static_cast<double>(n));
    EXPECT_LE(binomial_upper_tail(k, n, {bound.p, bound.q}).log_tail, std::log(alpha)) << k;
    EXPECT_GT(bound.p, share - 40 * sd) << k;
    EXPECT_GT(bound.q, 1 - share) << k;
  }
}

TEST(ClopperPearson, RefusesArgumentsThatMeanNothing) {
  EXPECT_THROW(clopper_pearson_lower(1, 0, 0.1), InputError);
  EXPECT_THROW(clopper_pearson_lower(-1, 5, 0.1), InputError);
  EXPECT_THROW(clopper_pearson_lower(6, 5, 0.1), InputError);
  EXPECT_THROW(clopper_pearson_lower(1, 5, 0), InputError);
  EXPECT_THROW(clopper_pearson_upper(1, 5, 1), InputError);
  EXPECT_THROW(clopper_pearson_upper(1, 5, std::numeric_limits<double>::quiet_NaN()), InputError);
}

}  // namespace
}  // namespace certify
