// Bounds on the mean of [0, 1] variables: near-0/1 means, two-point and heavy-tailed scores.

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <random>

#include "core/stats/binomial/clopper_pearson.h"
#include "core/stats/means/betting.h"
#include "core/stats/means/empirical_bernstein.h"
#include "core/stats/means/histogram_betting.h"
#include "core/stats/means/star_bets.h"
#include "core/stats/sequential/confidence_sequence.h"
#include "tests/coverage/cases.h"

namespace certify::coverage {
namespace {

using Sample = std::vector<double>;
using Bound = std::function<double(const Sample&, double alpha)>;

struct Distribution {
  std::string name;
  double mean;
  std::function<double(double uniform)> draw;
};

/// `low` with the given probability, else `high`.
Distribution two_point(double low, double probability, double high) {
  return {fmt::format("{:.4g} with probability {:.4g}, else {:.4g}", low, probability, high),
          probability * low + (1 - probability) * high,
          [=](double u) { return u < probability ? low : high; }};
}

/// 1 - u^power: crowded near 1 with a long tail down to 0.
Distribution heavy_tail(double power) {
  return {fmt::format("1 - U^{:.4g}", power), power / (power + 1),
          [=](double u) { return 1 - std::pow(u, power); }};
}

Case mean_case(const std::string& method, const Bound& bound, const Distribution& x, std::int64_t n,
               double alpha, std::int64_t trials) {
  return {.method = method,
          .description = fmt::format("{}, n = {}", x.name, n),
          .alpha = alpha,
          .trials = trials,
          .run = [=](std::int64_t count) {
            std::mt19937_64 random(11);
            std::uniform_real_distribution<double> uniform;
            Sample sample(static_cast<std::size_t>(n));
            Outcome outcome;
            outcome.truth = x.mean;
            for (std::int64_t i = 0; i < count; ++i) {
              for (double& value : sample) value = x.draw(uniform(random));
              const double p = bound(sample, alpha);
              outcome.mean_bound += p / static_cast<double>(count);
              if (p > x.mean) ++outcome.misses;
            }
            return outcome;
          }};
}

std::vector<WeightedValue> weighted(const Sample& x) {
  std::map<double, std::int64_t> counts;
  for (const double value : x) ++counts[value];
  std::vector<WeightedValue> result;
  for (const auto& [value, count] : counts) result.push_back({value, count});
  return result;
}

}  // namespace

std::vector<Case> mean_cases() {
  struct Named {
    std::string name;
    Bound bound;
    std::int64_t trials;  ///< on 100 samples; fewer where a bound costs more
  };
  const std::vector<Named> bounds = {
      {"empirical Bernstein",
       [](const Sample& x, double alpha) { return empirical_bernstein_lower(x, alpha).p; },
       200'000},
      {"confidence sequence",
       [](const Sample& x, double alpha) { return confidence_sequence_lower(x, alpha).p; },
       100'000},
      {"betting", [](const Sample& x, double alpha) { return betting_lower(x, alpha).p; }, 100'000},
      {"histogram betting",
       [](const Sample& x, double alpha) { return mixture_betting_lower(weighted(x), alpha).p; },
       30'000},
      {"STaR-Bets", [](const Sample& x, double alpha) { return star_bets_lower(x, alpha, 100).p; },
       20'000},
  };
  std::vector<Case> cases;
  for (const auto& [name, bound, trials] : bounds) {
    for (const auto& x : {two_point(0, 0.01, 1), two_point(0, 0.3, 1), two_point(0.05, 0.1, 0.95),
                          two_point(0, 0.005, 0.6), two_point(1, 0.02, 0.01)}) {
      cases.push_back(mean_case(name, bound, x, 100, 0.05, trials));
    }
    cases.push_back(mean_case(name, bound, heavy_tail(8), 100, 0.05, trials / 5));
  }
  cases.push_back(mean_case(
      "Clopper-Pearson",
      [](const Sample& x, double alpha) {
        std::int64_t ones = 0;
        for (const double value : x) ones += value > 0.5 ? 1 : 0;
        return clopper_pearson_lower(ones, static_cast<std::int64_t>(x.size()), alpha).p;
      },
      two_point(0, 0.02952, 1), 100, 0.05, 200'000));  // 0.05^(1/100) = 0.970487
  return cases;
}

}  // namespace certify::coverage
