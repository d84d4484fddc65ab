#include <gtest/gtest.h>

#include <cmath>

#include "core/methods/counts/cohen.h"
#include "core/methods/counts/first_margin.h"
#include "core/methods/counts/second_margin.h"
#include "core/methods/counts/two_sided.h"
#include "core/methods/scores/prior_bounds.h"
#include "core/stats/margins/first_margin.h"
#include "core/stats/margins/second_margin.h"
#include "core/stats/normal.h"
#include "tests/methods/samples.h"

namespace certify {
namespace {

using testing::samples_of;

const MethodOptions kLabel{
    .noise = gaussian_noise(2), .alpha = 0.001, .selection = Selection::kLabel};

/// sigma/2 (Φ⁻¹(p_lower) - Φ⁻¹(p_upper)), what every certificate of margins states.
double stated_radius(const Certificate& c) {
  return c.sigma / 2 *
         (normal_quantile(c.p_lower, 1 - c.p_lower) - normal_quantile(c.p_upper, 1 - c.p_upper));
}

TEST(MarginMethods, FirstMarginStatesTheMarginOfItsPair) {
  const auto certificate = kFirstMargin.certify(samples_of({}, {95, 3, 2}), kLabel);
  EXPECT_EQ(certificate.p_lower, first_margin_lower(92, 100, 0.001).p);
  EXPECT_NEAR(certificate.radius, stated_radius(certificate), 1e-12);
  EXPECT_LT(certificate.radius, stated_radius(certificate) + 1e-15);
}

TEST(MarginMethods, SecondMarginStatesTheMarginOfItsPair) {
  const auto certificate = kSecondMargin.certify(samples_of({}, {95, 2, 2, 1}), kLabel);
  const double margin = second_margin_lower(95, 2, 100, 0.001);
  EXPECT_LE(certificate.radius, margin);
  EXPECT_NEAR(certificate.radius, margin, 1e-12);
  EXPECT_NEAR(certificate.radius, stated_radius(certificate), 1e-12);
  EXPECT_EQ(certificate.method, "second-margin");
}

TEST(MarginMethods, SecondMarginBeatsBothOthersAtFewSamples) {
  for (const auto& votes : {std::vector<std::int64_t>{95, 2, 3}, {80, 10, 10}, {70, 30, 0}}) {
    const auto samples = samples_of({}, votes);
    const double second = kSecondMargin.certify(samples, kLabel).radius;
    EXPECT_GT(second, kTwoSided.certify(samples, kLabel).radius);
    EXPECT_GT(second, kFirstMargin.certify(samples, kLabel).radius * 0.999);
  }
}

TEST(MarginMethods, SecondMarginSaysWhenItIsByBonferroni) {
  const auto samples = samples_of({}, {kBuehlerLimit, 1000});
  const auto certificate = kSecondMargin.certify(samples, kLabel);
  EXPECT_EQ(certificate.method, kSecondMarginByBonferroni);
  EXPECT_EQ(certificate.radius, kTwoSided.certify(samples, kLabel).radius);
}

TEST(MarginMethods, AbstainWithoutALead) {
  for (const Method* method : {&kFirstMargin, &kSecondMargin, &kLecuyer, &kLi}) {
    const auto certificate = method->certify(samples_of({}, {50, 50}), kLabel);
    EXPECT_TRUE(certificate.abstained()) << method->name;
    EXPECT_EQ(certificate.radius, 0) << method->name;
  }
}

TEST(PriorBounds, AreLooserThanTheTightOne) {
  for (const auto& votes : {std::vector<std::int64_t>{990, 10}, {900, 100}, {9'999, 1}}) {
    const auto samples = samples_of({}, votes);
    const double tight = kTwoSided.certify(samples, kLabel).radius;
    const double li = kLi.certify(samples, kLabel).radius;
    const double lecuyer = kLecuyer.certify(samples, kLabel).radius;
    EXPECT_LT(li, tight);
    EXPECT_LT(lecuyer, li);
    EXPECT_GT(lecuyer, 0);
  }
}

TEST(PriorBounds, MatchADenseSearchOfTheirFormulas) {
  // p_A = 0.99, p_B = 0.01, sigma = 1: the maxima over 10^6 values of β and of the order.
  double lecuyer = 0;
  double li = 0;
  for (int i = 1; i <= 1'000'000; ++i) {
    const double beta = i * 1e-6;
    const double gap = 0.99 - std::exp(2 * beta) * 0.01;
    if (gap > 0) {
      lecuyer =
          std::max(lecuyer, beta / std::sqrt(2 * std::log(1.25 * (1 + std::exp(beta)) / gap)));
    }
    const double a = 1 + i * 2e-5;
    const double mean = std::pow((std::pow(0.99, 1 - a) + std::pow(0.01, 1 - a)) / 2, 1 / (1 - a));
    if (2 * mean < 1) li = std::max(li, std::sqrt(-2 / a * std::log(2 * mean)));
  }
  EXPECT_NEAR(lecuyer_radius(1, {0.99, 0.01}, {0.01, 0.99}), lecuyer, 1e-9);
  EXPECT_NEAR(li_radius(1, {0.99, 0.01}, {0.01, 0.99}), li, 1e-8);
}

}  // namespace
}  // namespace certify
