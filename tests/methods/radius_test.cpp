// The one place where bounds become a radius, against the independent table of reference values.

#include <gtest/gtest.h>

#include "core/methods/selection.h"
#include "tests/stats/golden.h"

namespace certify {
namespace {

double radius(double sigma, const LowerBound& top, const UpperBound& rivals) {
  Certificate certificate;
  certificate.sigma = sigma;
  ClassUnderTest tested;
  tested.top = 0;
  certify_from(gaussian_noise(sigma), top, rivals, tested, certificate);
  return certificate.radius;
}

/// A decimal probability with its complement, to more digits than 1 - p has in double.
LowerBound probability(const nlohmann::json& text) {
  const long double p = testing::exact(text);
  return {static_cast<double>(p), static_cast<double>(1 - p)};
}

TEST(Radius, OfTwoProbabilitiesMatchesTheIndependentTable) {
  for (const auto& entry : testing::independent_entries("radius_two")) {
    const auto& in = entry.at("inputs");
    const LowerBound rival = probability(in["pB"]);
    testing::expect_just_below(
        radius(testing::number(in["sigma"]), probability(in["pA"]), {rival.p, rival.q}),
        testing::exact(entry["expected"]), 1e-9, entry.dump());
  }
}

TEST(Radius, OfAFirstMarginMatchesTheIndependentTable) {
  for (const auto& entry : testing::independent_entries("radius_from_first_margin")) {
    const auto& in = entry.at("inputs");
    const long double d = testing::exact(in["d"]);
    const LowerBound half{static_cast<double>((1 + d) / 2), static_cast<double>((1 - d) / 2)};
    testing::expect_just_below(radius(testing::number(in["sigma"]), half, complement(half)),
                               testing::exact(entry["expected"]), 1e-9, entry.dump());
  }
}

}  // namespace
}  // namespace certify
