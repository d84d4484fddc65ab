// Bounds on means, held against those of core/stats: theirs must pass, and not far above it
// nothing may.

#include "core/verify/bounds/mean_bounds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "core/stats/means/betting.h"
#include "core/stats/means/empirical_bernstein.h"
#include "core/stats/means/histogram_betting.h"
#include "core/stats/means/star_bets.h"
#include "core/stats/sequential/confidence_sequence.h"

namespace certify::checker {
namespace {

struct Named {
  MeanBound bound;
  std::function<LowerBound(const std::vector<double>&, double)> lower;
};

std::vector<Named> bounds() {
  return {
      {MeanBound::kEmpiricalBernstein,
       [](const auto& x, double alpha) { return empirical_bernstein_lower(x, alpha); }},
      {MeanBound::kConfidenceSequence,
       [](const auto& x, double alpha) { return confidence_sequence_lower(x, alpha); }},
      {MeanBound::kBetting, [](const auto& x, double alpha) { return betting_lower(x, alpha); }},
      {MeanBound::kHistogram, [](const auto& x, double alpha) {
         std::vector<WeightedValue> values;
         for (const double value : x) values.push_back({value, 1});
         return mixture_betting_lower(values, alpha);
       }}};
}

/// Beta-like values: u^power of a uniform u, or a two-point mixture.
std::vector<double> values(int n, double power, unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform;
  std::vector<double> x;
  for (int i = 0; i < n; ++i) {
    const double u = uniform(random);
    x.push_back(power > 0 ? std::pow(u, power) : (u < 0.9 ? 0.97 : 0.1));
  }
  return x;
}

Column column(const std::vector<double>& x) {
  Column c;
  for (const double value : x) c.push_back({value, 1});
  return c;
}

TEST(CheckedMeanBounds, PassWhatFollowsAndNothingLarger) {
  for (const auto& [bound, lower] : bounds()) {
    for (const int n : {2, 30, 1000, 20'000}) {
      for (const double power : {0.0, 0.1, 1.0, 4.0}) {
        for (const double alpha : {0.3, 0.001, 1e-9}) {
          const auto x = values(n, power, 3);
          const double m = lower(x, alpha).p;
          EXPECT_TRUE(mean_at_least(column(x), m, alpha, bound).holds) << n << " " << power;
          const double more = m * (1 + 1e-9) + 1e-10;
          EXPECT_FALSE(mean_at_least(column(x), more, alpha, bound).holds)
              << static_cast<int>(bound) << " " << n << " " << power << " " << alpha << " " << m;
        }
      }
    }
  }
}

TEST(CheckedMeanBounds, CanBeSearchedFor) {
  const auto x = values(1000, 1.0, 4);
  for (const auto& [bound, lower] : bounds()) {
    EXPECT_NEAR(static_cast<double>(largest_mean_held(column(x), 0.01, bound)), lower(x, 0.01).p,
                1e-11);
  }
}

TEST(CheckedMeanBounds, SurviveCapitalsThatNoDoubleHolds) {
  const std::vector<double> ones(100'000, 1.0), zeros(100'000, 0.0);
  for (const auto& [bound, lower] : bounds()) {
    EXPECT_TRUE(mean_at_least(column(ones), lower(ones, 1e-12).p, 1e-12, bound).holds);
    EXPECT_FALSE(mean_at_least(column(zeros), 1e-6L, 0.5L, bound).holds);
    EXPECT_TRUE(mean_at_least(column(zeros), 0, 0.5L, bound).holds);
    EXPECT_FALSE(mean_at_least(column(ones), 1.5L, 0.5L, bound).holds);
  }
}

TEST(CheckedMeanBounds, SayWhatWasMissing) {
  const Column x = column(values(1000, 1.0, 4));
  EXPECT_NE(mean_at_least(x, 0.6L, 0.01L, MeanBound::kBetting).why.find("100 is needed"),
            std::string::npos);
  EXPECT_NE(mean_at_least(x, 0.6L, 0.01L, MeanBound::kEmpiricalBernstein).why.find("the bound is"),
            std::string::npos);
}

}  // namespace
}  // namespace certify::checker
