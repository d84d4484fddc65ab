// Methods on scores: rows of three classes, kept as a trace.

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <random>

#include "core/methods/scores/soft_margin.h"
#include "core/stats/normal.h"
#include "tests/coverage/cases.h"
#include "tests/coverage/published.h"

namespace certify::coverage {
namespace {

using Row = std::array<double, 3>;

/// A mixture of a few rows.
struct Rows {
  std::string name;
  std::vector<Row> rows;
  std::vector<double> probabilities;

  Row mean() const {
    Row total{};
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::size_t c = 0; c < 3; ++c) total[c] += probabilities[r] * rows[r][c];
    }
    return total;
  }
};

/// Radius at sigma = 1 that the means of the scores have by the quantity the method bounds.
double true_radius(std::string_view method, const Row& mean) {
  const double rival = std::max(mean[1], mean[2]);
  if (method.starts_with("soft-first")) {
    return normal_quantile((1 + mean[0] - rival) / 2, (1 - mean[0] + rival) / 2);
  }
  if (method.starts_with("soft-second-top")) return normal_quantile(mean[0], 1 - mean[0]);
  return (normal_quantile(mean[0], 1 - mean[0]) - normal_quantile(rival, 1 - rival)) / 2;
}

Case soft_case(const Method& method, const Rows& x, std::int64_t n, double alpha,
               std::int64_t trials, bool sound = true) {
  return {
      .method = std::string(method.name),
      .description = fmt::format("{}, n = {}", x.name, n),
      .alpha = alpha,
      .trials = trials,
      .sound = sound,
      .run = [&method, x, n, alpha](std::int64_t count) {
        std::mt19937_64 random(5);
        std::discrete_distribution<std::size_t> pick(x.probabilities.begin(),
                                                     x.probabilities.end());
        ImageSamples samples;
        samples.estimation.votes = {n, 0, 0};
        samples.trace.tested = 0;
        samples.trace.candidates = {1};
        const Row mean = x.mean();  // what many selection samples would tell
        samples.trace.selection_means.assign(mean.begin(), mean.end());
        Outcome outcome;
        outcome.truth = true_radius(method.name, x.mean());
        for (std::int64_t i = 0; i < count; ++i) {
          samples.trace.values.clear();
          for (std::int64_t s = 0; s < n; ++s) {
            for (const double v : x.rows[pick(random)]) {
              samples.trace.values.push_back(static_cast<float>(v));
            }
            return outcome;
          }};
}

}  // namespace

std::vector<Case> soft_cases() {
  const Rows confident{
      "0.95/0.05/0 or, one in 50, 0/1/0", {{0.95, 0.05, 0}, {0, 1, 0}}, {0.98, 0.02}};
  const Rows turns{"0.8/0.2/0 or 0.8/0/0.2", {{0.8, 0.2, 0}, {0.8, 0, 0.2}}, {0.5, 0.5}};
  // methods.md §2: truth 3.29 / 2, while the mean of the quantiles gives 8.56 / 2.
  const Rows quantiles{
      "1-1e-6/1e-6/0 or, one in 10, 0.5/0.5/0", {{1 - 1e-6, 1e-6, 0}, {0.5, 0.5, 0}}, {0.9, 0.1}};
  std::vector<Case> cases;
  for (const Method& method : soft_methods()) {
    std::int64_t trials = 20'000;
    if (method.name.ends_with("histogram")) trials = 3'000;
    if (method.name.ends_with("star-bets")) trials = 1'000;  // a walk over a grid each
    cases.push_back(soft_case(method, confident, 100, 0.05, trials));
    cases.push_back(soft_case(method, turns, 60, 0.05, trials));
  }
  cases.push_back(soft_case(kPublishedSoftSecondMargin, quantiles, 2000, 0.05, 200, false));
  return cases;
}

}  // namespace certify::coverage
