#include "core/stats/binomial/binomial_test.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/base/errors.h"
#include "tests/stats/golden.h"

namespace certify {
namespace {

TEST(BinomialTest, PValueIsJustAboveTheExactOne) {
  for (const auto& row : testing::golden().at("hung_fithian")) {
    const double p_value = two_sided_binomial_p_value(row[0], row[1]);
    testing::expect_just_above(p_value, testing::exact(row[2]), 1e-10, row.dump());
  }
}

TEST(BinomialTest, NeedsElevenAgreeingVotesAtOneInAThousand) {
  // 2 / 2^n <= 0.001 from n = 11 on.
  EXPECT_FALSE(top_is_most_likely(10, 0, 0.001));
  EXPECT_TRUE(top_is_most_likely(11, 0, 0.001));
}

TEST(BinomialTest, ATieOrNoVotesDecideNothing) {
  EXPECT_FALSE(top_is_most_likely(500, 500, 0.5));
  EXPECT_FALSE(top_is_most_likely(0, 0, 0.5));
}

TEST(BinomialTest, RefusesArgumentsThatMeanNothing) {
  EXPECT_THROW(top_is_most_likely(1, 2, 0.1), InputError);
  EXPECT_THROW(top_is_most_likely(1, -1, 0.1), InputError);
  EXPECT_THROW(top_is_most_likely(1, 0, std::nan("")), InputError);
  EXPECT_THROW(two_sided_binomial_p_value(3, 2), InputError);
}

}  // namespace
}  // namespace certify
