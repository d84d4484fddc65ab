#include "core/stats/binomial/certified_accuracy_bound.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/base/errors.h"
#include "tests/stats/golden.h"

namespace certify {
namespace {

TEST(CertifiedAccuracyBound, ExactCountMatchesTheTableOfDirectSums) {
  for (const auto& row : testing::golden().at("certified_count")) {
    const std::int64_t count = certified_count_exact(row[0], row[1], row[2], row[3]);
    const std::int64_t truth = row[4];
    EXPECT_LE(count, truth) << row;
    // Where alpha = rho a tail can equal rho to the last digit, and the safe side is one lower.
    EXPECT_GE(count, truth - (row[2] == row[3] ? 1 : 0)) << row;
  }
}

TEST(CertifiedAccuracyBound, MatchesTheIndependentTable) {
  for (const auto& entry : testing::independent_entries("certacc_exact")) {
    const auto& in = entry["inputs"];
    EXPECT_EQ(certified_count_exact(in["Y"], in["m"], testing::number(in["alpha"]),
                                    testing::number(in["rho"])),
              entry["expected"].get<std::int64_t>())
        << entry;
  }
  for (const auto& entry : testing::independent_entries("cohen_thm5")) {
    const auto& in = entry["inputs"];
    const double bound = certified_accuracy_bernstein(
        in["Y"], in["m"], testing::number(in["alpha"]), testing::number(in["rho"]));
    testing::expect_just_below(bound, testing::exact(entry["expected"]), 1e-9, entry.dump());
  }
}

TEST(CertifiedAccuracyBound, ExactIsNeverBelowBernstein) {
  for (std::int64_t Y = 0; Y <= 200; Y += 7) {
    EXPECT_GE(static_cast<double>(certified_count_exact(Y, 200, 0.01, 0.01)) / 200,
              certified_accuracy_bernstein(Y, 200, 0.01, 0.01));
  }
}

TEST(CertifiedAccuracyBound, RefusesArgumentsThatMeanNothing) {
  EXPECT_THROW(certified_count_exact(3, 2, 0.1, 0.1), InputError);
  EXPECT_THROW(certified_count_exact(1, 2, std::nan(""), 0.1), InputError);
  EXPECT_THROW(certified_accuracy_bernstein(1, 2, 0.1, 0), InputError);
  EXPECT_THROW(certified_accuracy_bernstein(0, 0, 0.1, 0.1), InputError);
}

}  // namespace
}  // namespace certify
