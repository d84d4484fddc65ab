// Samples that decide themselves how many of them are drawn: by --stop-at, and by somebody who
// looks at every sample and stops the moment the bound is too large.

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <random>

#include "core/methods/catalogue.h"
#include "core/methods/counts/cohen_sequential.h"
#include "core/methods/counts/stop_at.h"
#include "core/stats/binomial/clopper_pearson.h"
#include "core/stats/normal.h"
#include "tests/coverage/cases.h"

namespace certify::coverage {
namespace {

struct Setting {
  double p;  ///< of the class under test
  std::int64_t n;
  double alpha;
};

ImageSamples votes_of(std::int64_t votes, std::int64_t drawn) {
  ImageSamples samples;
  samples.estimation.votes = {votes, drawn - votes};
  return samples;
}

MethodOptions options_at(double alpha) {
  return {.noise = gaussian_noise(1), .alpha = alpha, .selection = Selection::kLabel};
}

/// The radius that one image ends with.
using Draw = std::function<double(std::mt19937_64& random)>;

Outcome simulate(const Draw& draw, double truth, std::int64_t trials) {
  std::mt19937_64 random(20'261'121);
  Outcome outcome;
  outcome.truth = truth;
  for (std::int64_t i = 0; i < trials; ++i) {
    const double radius = draw(random);
    outcome.mean_bound += radius / static_cast<double>(trials);
    outcome.misses += radius > std::max(0.0, truth);
  }
  return outcome;
}

Draw stopped_by_rule(const Setting& at, double radius) {
  return [at, rule = StopAt({radius}, at.n, options_at(at.alpha))](std::mt19937_64& random) {
    std::int64_t votes = 0;
    ImageSamples samples;
    for (std::int64_t drawn = 0; drawn < at.n && samples.stopped == StopReason::kNone;) {
      const std::int64_t look = rule.next_look(drawn);
      votes += std::binomial_distribution<std::int64_t>(look - drawn, at.p)(random);
      drawn = look;
      samples = votes_of(votes, drawn);
      samples.stopped = rule.decide(samples);
    }
    return kCohenSequential.certify(samples, options_at(at.alpha)).radius;
  };
}

using Bound = std::function<LowerBound(std::int64_t k, std::int64_t t, double alpha)>;

/// Fewest votes after each t at which the bound passes p: what the adversary waits for.
std::vector<std::int64_t> votes_to_wait_for(const Setting& at, const Bound& bound) {
  std::vector<std::int64_t> votes{1};
  for (std::int64_t t = 1; t <= at.n; ++t) {
    std::int64_t k = votes.back();
    while (k <= t && !(bound(k, t, at.alpha).p > at.p)) ++k;
    votes.push_back(k);
  }
  return votes;
}

/// @param early  the bound where it is stopped before n, @param all  and at n
Draw stopped_by_adversary(const Setting& at, const Bound& early, const Bound& all) {
  return [at, early, all, wait_for = votes_to_wait_for(at, early)](std::mt19937_64& random) {
    std::bernoulli_distribution vote(at.p);
    std::int64_t votes = 0;
    for (std::int64_t t = 1; t < at.n; ++t) {
      votes += vote(random);
      if (votes >= wait_for[static_cast<std::size_t>(t)]) {
        return lower_quantile(early(votes, t, at.alpha));
      }
    }
    votes += vote(random);
    return std::max(0.0, lower_quantile(all(votes, at.n, at.alpha)));
  };
}

Case stopping_case(std::string method, const std::string& how, const Setting& at, Draw draw,
                   std::int64_t trials, bool sound = true) {
  const double truth = normal_quantile(at.p, 1 - at.p);
  return {.method = std::move(method),
          .description = fmt::format("p = {:.4g}, n = {}, {}", at.p, at.n, how),
          .alpha = at.alpha,
          .trials = trials,
          .sound = sound,
          .run = [draw = std::move(draw), truth](std::int64_t count) {
            return simulate(draw, truth, count);
          }};
}

}  // namespace

std::vector<Case> stopping_cases() {
  std::vector<Case> cases;
  for (const auto& [at, radius] : {std::pair{Setting{0.69, 2000, 0.05}, 0.5},
                                   {{0.9, 2000, 0.05}, 1.2816},
                                   {{0.9, 2000, 0.05}, 1.2},
                                   {{0.99, 4000, 0.01}, 2.3264}}) {
    cases.push_back(stopping_case("cohen-sequential", fmt::format("--stop-at {}", radius), at,
                                  stopped_by_rule(at, radius), 5'000));
  }
  for (const Setting& at : {Setting{0.5, 1000, 0.05}, {0.9, 1000, 0.05}, {0.995, 1000, 0.05}}) {
    cases.push_back(
        stopping_case("cohen-sequential", "stopped at the worst moment", at,
                      stopped_by_adversary(at, lower_when_stopped, lower_when_all_drawn), 20'000));
    cases.push_back(stopping_case(
        "cohen on a stopped image", "stopped at the worst moment", at,
        stopped_by_adversary(at, clopper_pearson_lower, clopper_pearson_lower), 20'000, false));
  }
  return cases;
}

}  // namespace certify::coverage
