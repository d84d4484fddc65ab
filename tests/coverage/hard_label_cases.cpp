// Multinomial votes: near ties, all mass on two classes, odd n + t, near certainty.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <tuple>

#include "core/methods/catalogue.h"
#include "core/methods/selection.h"
#include "core/stats/normal.h"
#include "tests/coverage/cases.h"
#include "tests/coverage/published.h"

namespace certify::coverage {
namespace {

struct Setting {
  std::vector<double> p;
  std::int64_t n;
  std::int64_t n0;
  Selection selection;
  double alpha;
};

/// What the method's radius is a lower bound of, at sigma = 1.
enum class Target { kTop, kFirstMargin, kSecondMargin };

double true_radius(const std::vector<double>& p, int c, Target target) {
  const double top = p[static_cast<std::size_t>(c)];
  double rival = 0;
  for (std::size_t k = 0; k < p.size(); ++k) {
    if (static_cast<int>(k) != c) rival = std::max(rival, p[k]);
  }
  switch (target) {
    case Target::kTop:
      return normal_quantile(top, 1 - top);
    case Target::kFirstMargin:
      return normal_quantile((1 + top - rival) / 2, (1 - top + rival) / 2);
    case Target::kSecondMargin:
      return (normal_quantile(top, 1 - top) - normal_quantile(rival, 1 - rival)) / 2;
  }
  return 0;
}

std::vector<std::int64_t> multinomial(const std::vector<double>& p, std::int64_t n,
                                      std::mt19937_64& random) {
  std::vector<std::int64_t> counts;
  double left = 1;
  for (std::size_t k = 0; k < p.size(); ++k) {
    const double share = k + 1 == p.size() ? 1 : std::clamp(p[k] / left, 0.0, 1.0);
    counts.push_back(n == 0 ? 0 : std::binomial_distribution<std::int64_t>(n, share)(random));
    n -= counts.back();
    left -= p[k];
  }
  return counts;
}

/// The class and radius for the counts that matter, remembered: the bounds look at nothing else.
class RememberedMethod {
 public:
  RememberedMethod(const Method& method, const MethodOptions& options)
      : method_(method), options_(options) {}

  std::pair<int, double> certify(const ImageSamples& samples) {
    if (&method_ == &kPublishedRunnerUp) return fresh(samples);  // looks at the n0 samples too
    const Tested tested = select(samples, options_, SelectionCost::kUnion);
    const auto key = std::tuple(tested.top, tested.n_top, tested.n_runner_up);
    const auto [at, added] = known_.try_emplace(key);
    if (added) at->second = fresh(samples);
    return at->second;
  }

 private:
  std::pair<int, double> fresh(const ImageSamples& samples) const {
    const Certificate certificate = method_.certify(samples, options_);
    return {certificate.predicted, certificate.radius};
  }

  const Method& method_;
  MethodOptions options_;
  std::map<std::tuple<int, std::int64_t, std::int64_t>, std::pair<int, double>> known_;
};

Outcome simulate(const Method& method, const Setting& at, Target target, std::int64_t trials) {
  std::mt19937_64 random(20'261'121);
  RememberedMethod certifier(
      method, {.noise = gaussian_noise(1), .alpha = at.alpha, .selection = at.selection});
  Outcome outcome;
  outcome.truth = true_radius(at.p, 0, target);
  ImageSamples samples;
  for (std::int64_t i = 0; i < trials; ++i) {
    samples.selection.votes = multinomial(at.p, at.n0, random);
    samples.estimation.votes = multinomial(at.p, at.n, random);
    const auto [predicted, radius] = certifier.certify(samples);
    outcome.mean_bound += radius / static_cast<double>(trials);
    if (predicted == kAbstain) continue;
    const double truth = true_radius(at.p, predicted, target);
    // PREDICT's radius is 0 and says only that no other class is likelier.
    if (radius > 0 ? radius > truth : truth <= 0) ++outcome.misses;
  }
  return outcome;
}

std::string_view words(Selection selection) {
  switch (selection) {
    case Selection::kSeparate:
      return "n0";
    case Selection::kSame:
      return "same samples";
    case Selection::kLabel:
      return "label";
  }
  return "";
}

Case hard_case(const Method& method, Target target, const Setting& at, std::int64_t trials,
               bool sound = true) {
  return {.method = std::string(method.name),
          .description = fmt::format("p = ({:.4g}), n = {}, class by {}", fmt::join(at.p, ", "),
                                     at.n, words(at.selection)),
          .alpha = at.alpha,
          .trials = trials,
          .sound = sound,
          .run = [&method, at, target](std::int64_t count) {
            return simulate(method, at, target, count);
          }};
}

Case hard_case(std::string_view name, Target target, const Setting& at, std::int64_t trials) {
  return hard_case(find_method(name), target, at, trials);
}

}  // namespace

std::vector<Case> hard_label_cases() {
  constexpr std::int64_t kTrials = 200'000;
  const auto label = Selection::kLabel;
  const auto same = Selection::kSame;
  const auto n0 = Selection::kSeparate;
  // Probabilities at which a bound of the lattice of counts is hit exactly are the worst: just
  // below the Clopper-Pearson bound of some count. 0.001^(1/100) = 0.93325, 0.01^(1/20) = 0.79433.
  std::vector<Case> cases = {
      hard_case("cohen", Target::kTop, {{0.93325, 0.06675}, 100, 0, label, 0.001}, kTrials),
      hard_case("cohen", Target::kTop, {{0.79432, 0.20568}, 20, 0, label, 0.01}, kTrials),
      hard_case("cohen", Target::kTop, {{0.5, 0.5}, 101, 0, same, 0.05}, kTrials),
      hard_case("cohen", Target::kTop, {{0.36, 0.32, 0.32}, 1000, 20, n0, 0.05}, kTrials),
      hard_case("cohen", Target::kTop, {{0.99, 0.01}, 100'000, 100, n0, 0.01}, kTrials),
      hard_case("predict", Target::kSecondMargin, {{0.5, 0.5}, 100, 0, same, 0.05}, kTrials),
      hard_case("predict", Target::kSecondMargin, {{0.34, 0.33, 0.33}, 500, 0, same, 0.05},
                kTrials),
      hard_case("lecuyer", Target::kSecondMargin, {{0.7, 0.3}, 100, 0, label, 0.05}, kTrials),
      hard_case("li", Target::kSecondMargin, {{0.7, 0.3}, 100, 0, label, 0.05}, kTrials),
      hard_case(kPublishedRunnerUp, Target::kSecondMargin,
                {{0.6, 0.21, 0.19}, 100'000, 100, n0, 0.01}, kTrials, false),
      hard_case(kPublishedFirstMargin, Target::kFirstMargin, {{0.95, 0.05}, 50, 0, label, 0.01},
                kTrials, false),
      hard_case(kPublishedFirstMargin, Target::kFirstMargin,
                {{0.95, 0.03, 0.02}, 51, 0, label, 0.01}, kTrials, false),
      hard_case(kPublishedSecondMargin, Target::kSecondMargin,
                {{0.95, 0.03, 0.02}, 50, 0, label, 0.01}, kTrials / 100, false),
  };
  const std::vector<std::pair<std::string_view, Target>> margins = {
      {"two-sided", Target::kSecondMargin},
      {"first-margin", Target::kFirstMargin},
      {"second-margin", Target::kSecondMargin}};
  for (const auto& [name, target] : margins) {
    cases.push_back(hard_case(name, target, {{0.6, 0.2, 0.2}, 60, 0, label, 0.05}, kTrials));
    cases.push_back(hard_case(name, target, {{0.88, 0.12}, 50, 0, label, 0.01}, kTrials));
    cases.push_back(hard_case(name, target, {{0.88, 0.1, 0.02}, 51, 0, label, 0.01}, kTrials));
    cases.push_back(hard_case(name, target, {{0.93325, 0.06675}, 100, 0, label, 0.001}, kTrials));
    cases.push_back(hard_case(name, target, {{0.9, 0.01, 0.09}, 100, 20, n0, 0.01}, kTrials));
    cases.push_back(hard_case(name, target, {{0.34, 0.33, 0.33}, 80, 0, same, 0.05}, kTrials));
    cases.push_back(hard_case(name, target, {{0.5, 0.5}, 40, 0, same, 0.05}, kTrials));
  }
  return cases;
}

}  // namespace certify::coverage
