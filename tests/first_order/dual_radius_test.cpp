#include "core/first_order/dual_radius.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "core/first_order/ball_radius.h"
#include "core/stats/normal.h"
#include "tests/first_order/golden.h"

namespace certify {
namespace {

using testing::exact;
using testing::number;

TEST(DualRadius, IsThePrimalSolutionAndNeverAbove) {
  for (const auto& row : testing::first_order_golden()["dual_radius"]) {
    const double p = number(row[0]);
    const FirstOrderFacts facts{{p, 1 - p}, number(row[1]), number(row[2])};
    testing::expect_just_below(first_order_radius(facts).r, exact(row[3]), 1e-10, row.dump());
  }
}

// Theorem 3 at the coordinate axis: a = -|u|_inf, b² = |u|₂² - |u|_inf².
TEST(DualRadius, IsTheReferenceTablesL1RadiusAndNeverAbove) {
  for (const auto& entry : testing::independent_entries("first_order_l1")) {
    const auto& in = entry["inputs"];
    const double q = number(in["q"]), inf = number(in["m_inf"]), l2 = number(in["m_l2"]);
    const FirstOrderFacts facts{{q, 1 - q}, inf, std::sqrt(l2 * l2 - inf * inf)};
    testing::expect_just_below(first_order_radius(facts).r, exact(entry["expected"]["r"]), 1e-10,
                               entry.dump());
  }
}

TEST(DualRadius, CarriesItsProof) {
  for (const double p : {0.51, 0.6, 0.8, 0.95, 0.999}) {
    const double full = normal_density(lower_quantile({p, 1 - p}));
    for (const double along : {0.0, 0.05, 0.3, 0.9}) {
      for (const double across : {0.05, 0.4, 0.8}) {
        const FirstOrderFacts facts{{p, 1 - p}, along * full, across * full};
        const DualRadius found = first_order_radius(facts);
        EXPECT_GE(found.r, first_order_l2_radius(facts.top, facts.along));
        if (found.lambda[2] > 0) {
          EXPECT_GE(dual_value_lower(found.lambda, found.r, facts), 0.5);
        }
      }
    }
  }
}

TEST(DualRadius, GrowsWithWhatIsKnown) {
  const auto radius = [](double p, double along, double across) {
    return first_order_radius({{p, 1 - p}, along, across}).r;
  };
  double before = 0;
  for (double across = 0; across < 0.275; across += 0.01) {
    const double r = radius(0.8, 0.05, across);
    EXPECT_GE(r, before * (1 - 1e-10)) << across;
    before = r;
  }
  before = 100;
  for (double along = 0; along < 0.3; along += 0.01) {
    const double r = radius(0.8, along, 0.1);
    EXPECT_LE(r, before * (1 + 1e-10)) << along;
    before = r;
  }
}

// A half-space has its whole gradient across: it may be moved along its boundary without end.
TEST(DualRadius, AcrossAHalfSpacesGradientGrowsWithoutEnd) {
  const double p = 0.8, full = normal_density(lower_quantile({p, 1 - p}));
  double before = 0;
  for (const double known : {0.9, 0.99, 0.999, 0.9999}) {
    const double r = first_order_radius({{p, 1 - p}, 0, known * full}).r;
    EXPECT_GT(r, before + 0.3) << known;
    before = r;
  }
  EXPECT_LE(before, kLargestDualRadius);
}

// Every point of the ℓ1 ball, not only its corners, for votes whose probabilities are known
// exactly.
TEST(DualRadius, AtTheCornersCoversTheWholeL1Ball) {
  for (double angle = 0; angle < 1.6; angle += 0.2) {
    for (const double high : {0.5, 1.0, 2.0}) {
      for (const double low : {-0.9, -2.0, -9.0}) {
        const double q = normal_cdf(high).above + normal_cdf(low).below;
        const double size = std::abs(normal_density(low) - normal_density(high));
        const double inf = size * std::max(std::cos(angle), std::abs(std::sin(angle)));
        const FirstOrderFacts facts{
            {1 - q, q}, inf, std::sqrt(std::max(0.0, size * size - inf * inf))};
        const double r = first_order_radius(facts).r;
        for (double t = -1; t <= 1; t += 0.05) {
          for (const double length : {0.3, 0.7, 1.0}) {
            const double x = r * length * t, y = r * length * (1 - std::abs(t));
            for (const double sign : {-1.0, 1.0}) {
              const double shift = x * std::cos(angle) + sign * y * std::sin(angle);
              const double kept = normal_cdf(high - shift).below - normal_cdf(low - shift).below;
              EXPECT_TRUE(q >= 0.5 || kept >= 0.5 - 1e-15) << angle << " " << low << " " << high;
            }
          }
        }
      }
    }
  }
}

TEST(DualRadius, IsZeroWithoutAMajorityAndRefusesNonsense) {
  EXPECT_EQ(first_order_radius({{0.5, 0.5}, 0.1, 0.1}).r, 0);
  EXPECT_THROW(first_order_radius({{0.9, 0.1}, -0.1, 0.1}), InputError);
  EXPECT_THROW(first_order_radius({{0.9, 0.1}, 0.1, std::nan("")}), InputError);
}

}  // namespace
}  // namespace certify
