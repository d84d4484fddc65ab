// Miss probabilities of the counting methods with three classes and few samples, by full
// enumeration: no simulation error, on a grid of all probabilities that includes exact ties.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/methods/catalogue.h"
#include "core/stats/normal.h"
#include "tests/coverage/published.h"

namespace certify {
namespace {

constexpr std::int64_t kSamples = 21;
constexpr int kGrid = 60;  ///< probabilities are multiples of 1 / kGrid

struct Outcome {
  std::int64_t votes[3];
  double log_ways;  ///< ln of the multinomial coefficient
  int predicted;
  double radius;
};

std::vector<Outcome> certified_outcomes(const Method& method, const MethodOptions& options) {
  std::vector<Outcome> outcomes;
  for (std::int64_t a = 0; a <= kSamples; ++a) {
    for (std::int64_t b = 0; a + b <= kSamples; ++b) {
      const std::int64_t c = kSamples - a - b;
      ImageSamples samples;
      samples.estimation.votes = {a, b, c};
      const Certificate certificate = method.certify(samples, options);
      if (certificate.abstained()) continue;
      const double log_ways =
          std::lgamma(kSamples + 1) - std::lgamma(a + 1) - std::lgamma(b + 1) - std::lgamma(c + 1);
      outcomes.push_back({{a, b, c}, log_ways, certificate.predicted, certificate.radius});
    }
  }
  return outcomes;
}

/// What the radius of a method is a lower bound of, at sigma = 1.
double true_radius(const Method& method, const double (&p)[3], int c) {
  const double rival = std::max(p[(c + 1) % 3], p[(c + 2) % 3]);
  if (method.name == "cohen") return normal_quantile(p[c], 1 - p[c]);
  if (method.name == "first-margin") {
    return normal_quantile((1 + p[c] - rival) / 2, (1 - p[c] + rival) / 2);
  }
  return (normal_quantile(p[c], 1 - p[c]) - normal_quantile(rival, 1 - rival)) / 2;
}

double miss_probability(const Method& method, const std::vector<Outcome>& outcomes,
                        const double (&p)[3]) {
  double missed = 0;
  for (const auto& [votes, log_ways, predicted, radius] : outcomes) {
    // Certifying at the exact truth is no miss: robust within the open ball. Ties of doubles are.
    if (radius <= true_radius(method, p, predicted) + 1e-12) continue;
    double log_probability = log_ways;
    for (int k = 0; k < 3; ++k) {
      if (votes[k] > 0) log_probability += static_cast<double>(votes[k]) * std::log(p[k]);
    }
    missed += std::exp(log_probability);
  }
  return missed;
}

double worst_miss_probability(const Method& method, const MethodOptions& options) {
  const std::vector<Outcome> outcomes = certified_outcomes(method, options);
  double worst = 0;
  for (int a = 0; a <= kGrid; ++a) {
    for (int b = 0; a + b <= kGrid; ++b) {
      const double p[3] = {a / double{kGrid}, b / double{kGrid}, (kGrid - a - b) / double{kGrid}};
      worst = std::max(worst, miss_probability(method, outcomes, p));
    }
  }
  return worst;
}

class ExactCoverage : public ::testing::TestWithParam<std::string_view> {};

TEST_P(ExactCoverage, NeverExceedsAlphaForAKnownClassAndComesNearIt) {
  const Method& method = find_method(GetParam());
  const double worst = worst_miss_probability(
      method, {.noise = gaussian_noise(1), .alpha = 0.05, .selection = Selection::kLabel});
  EXPECT_LE(worst, 0.05 * (1 + 1e-9));
  EXPECT_GT(worst, method.name == "two-sided" ? 0.015 : 0.035);
}

TEST_P(ExactCoverage, NeverExceedsAlphaWhenTheSameSamplesChooseTheClass) {
  const Method& method = find_method(GetParam());
  const double worst = worst_miss_probability(
      method, {.noise = gaussian_noise(1), .alpha = 0.05, .selection = Selection::kSame});
  EXPECT_LE(worst, 0.05 * (1 + 1e-9));
  EXPECT_GT(worst, 0.005);
}

INSTANTIATE_TEST_SUITE_P(Methods, ExactCoverage,
                         ::testing::Values("cohen", "two-sided", "first-margin", "second-margin"),
                         [](const auto& test) {
                           std::string name;
                           for (const char c : test.param) {
                             if (c != '-') name += c;
                           }
                           return name;
                         });

TEST(ExactCoverageOfPrinted, TheStrictInequalityIsCaught) {
  const Method& method = coverage::kPublishedFirstMargin;
  std::vector<Outcome> outcomes =
      certified_outcomes(method, {.sigma = 1, .alpha = 0.05, .selection = Selection::kLabel});
  EXPECT_GT(miss_probability(method, outcomes, {0.9, 0.1, 0}), 0.1);
}

}  // namespace
}  // namespace certify
