#include "core/base/norm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/base/errors.h"

namespace certify {
namespace {

TEST(Norm, IsReadOffTheColumn) {
  EXPECT_EQ(norm_of_column("radius"), "l2");
  EXPECT_EQ(norm_of_column("radius_full"), "l2");
  EXPECT_EQ(norm_of_column("radius_l2"), "l2");
  EXPECT_EQ(norm_of_column("radius_cohen"), "l2");
  EXPECT_EQ(norm_of_column("radius_l1"), "l1");
  EXPECT_EQ(norm_of_column("radius_l1_full"), "l1");
  EXPECT_EQ(norm_of_column("radius_linf"), "linf");
  for (const char* other : {"", "radius_R", "blur", "log_area", "RADIUS"}) {
    EXPECT_EQ(norm_of_column(other), "") << other;
  }
  for (const char* norm : {"l1", "l2", "linf"}) {
    EXPECT_EQ(norm_of_column(radius_column(norm)), norm);
    EXPECT_EQ(norm_of_column(full_radius_column(norm)), norm);
  }
}

double norm_of(const std::vector<double>& v, const std::string& norm) {
  double sum = 0;
  for (const double x : v) {
    sum = norm == "linf" ? std::max(sum, std::abs(x))
                         : sum + std::pow(std::abs(x), norm == "l1" ? 1 : 2);
  }
  return norm == "l2" ? std::sqrt(sum) : sum;
}

/// The two directions in which norms differ most: one element, and all of them alike.
TEST(Norm, ABallOfAnotherNormLiesInTheCertifiedOneAndTouchesIt) {
  for (const std::size_t d : {1U, 2U, 7U, 3072U, 150528U}) {
    std::vector<double> one(d, 0), all(d, 1);
    one[0] = 1;
    for (const std::string from : {"l1", "l2", "linf"}) {
      for (const std::string to : {"l1", "l2", "linf"}) {
        const double radius = 0.7;
        const double found = radius_in_norm(radius, from, to, static_cast<std::int64_t>(d));
        double farthest = 0;
        for (const auto& v : {one, all}) {
          farthest = std::max(farthest, norm_of(v, from) / norm_of(v, to) * found);
        }
        EXPECT_LE(farthest, radius * (1 + 1e-10)) << from << " " << to << " " << d;
        EXPECT_GE(farthest, radius * (1 - 1e-10)) << from << " " << to << " " << d;
        EXPECT_LE(found, radius);
      }
    }
  }
}

TEST(Norm, RoundsDown) {
  for (std::int64_t d = 1; d < 2000; d += 13) {
    const double found = radius_in_norm(0.3, "l1", "l2", d);
    EXPECT_LE(static_cast<long double>(found) * std::sqrt(static_cast<long double>(d)), 0.3L);
  }
}

TEST(Norm, NeedsTheDimensionOnlyWhereItMatters) {
  EXPECT_EQ(radius_in_norm(0.5, "l2", "l1", 0), 0.5);
  EXPECT_EQ(radius_in_norm(0.5, "l2", "l2", 0), 0.5);
  EXPECT_THROW(radius_in_norm(0.5, "l1", "l2", 0), InputError);
  EXPECT_THROW(radius_in_norm(0.5, "", "l2", 9), InputError);
  EXPECT_THROW(radius_in_norm(0.5, "l1", "blur", 9), InputError);
}

}  // namespace
}  // namespace certify
