#include "core/sigma_map/sigma_map.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"

namespace certify {
namespace {

using testing::HasSubstr;

std::string refusal(const ImageShape& shape, std::vector<double> values) {
  try {
    make_sigma_map(shape, std::move(values));
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(SigmaMap, KnowsItsExtremesAndItsLogarithms) {
  const SigmaMap map = make_sigma_map({1, 2, 2}, {0.5, 0.25, 2, 1});
  EXPECT_EQ(map.smallest, 0.25);
  EXPECT_EQ(map.largest, 2);
  EXPECT_NEAR(map.mean_log(), -std::log(2.0) / 2, 1e-15);
}

TEST(SigmaMap, LogSumIsBelowTheExactOneByAFewUnitsInTheLastPlace) {
  std::vector<double> values;
  long double exact = 0;
  for (int i = 0; i < 3072; ++i) {
    values.push_back(0.01 + 0.0007 * i);
    exact += std::log(static_cast<long double>(values.back()));
  }
  const double sum = make_sigma_map({3, 32, 32}, values).log_sum;
  EXPECT_LT(static_cast<long double>(sum), exact);
  EXPECT_NEAR(sum, static_cast<double>(exact), 1e-11);
}

TEST(SigmaMap, HashIsOfTheValuesAndTheShape) {
  const std::string hash = make_sigma_map({1, 2, 2}, {0.5, 0.25, 2, 1}).sha256;
  EXPECT_EQ(make_sigma_map({1, 2, 2}, {0.5, 0.25, 2, 1}).sha256, hash);
  EXPECT_NE(make_sigma_map({1, 2, 2}, {0.5, 0.25, 1, 2}).sha256, hash);
  EXPECT_NE(make_sigma_map({2, 2, 1}, {0.5, 0.25, 2, 1}).sha256, hash);
}

TEST(SigmaMap, WhatIsNotPositiveAndFiniteIsNamedWithItsPlace) {
  const double infinity = std::numeric_limits<double>::infinity();
  const ImageShape shape{2, 2, 3};
  for (const auto& [value, text] :
       std::vector<std::pair<double, std::string>>{{0.0, "sigma is 0 at [1, 0, 2]"},
                                                   {-0.5, "sigma is -0.5 at [1, 0, 2]"},
                                                   {std::nan(""), "sigma is nan at [1, 0, 2]"},
                                                   {infinity, "sigma is inf at [1, 0, 2]"},
                                                   {1e38, "sigma is 1e+38 at [1, 0, 2]"}}) {
    std::vector<double> values(12, 0.25);
    values[8] = value;
    EXPECT_THAT(refusal(shape, values), HasSubstr(text));
  }
}

TEST(SigmaMap, NumberOfValuesIsThatOfTheShape) {
  EXPECT_THAT(refusal({1, 2, 2}, {1, 1, 1}), HasSubstr("3 values of sigma for 1 × 2 × 2 elements"));
  EXPECT_THAT(refusal({0, 2, 2}, {}), HasSubstr("0 values"));
}

}  // namespace
}  // namespace certify
