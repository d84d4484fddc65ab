// Certificates under noise of another size for every element, held against the whole ellipsoid of a
// linear classifier: a miss is a certified volume above the true one.

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <random>

#include "core/methods/catalogue.h"
#include "core/methods/certify_many.h"
#include "core/sigma_map/ellipsoid.h"
#include "tests/coverage/cases.h"

namespace certify::coverage {
namespace {

/// sign(w·x + 1) at x = 0, for weights and sigma that spread over two decades.
struct LinearCase {
  std::vector<double> weights{3, 0.1, -1, 0.5, 0.02, 2};
  SigmaMap map = make_sigma_map({1, 2, 3}, {0.1, 2, 0.4, 1, 10, 0.15});

  /// 1 / |w ⊙ σ|: the radius of the true ellipsoid in units of σ.
  double truth() const {
    double squares = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      squares += std::pow(weights[i] * map.values[i], 2);
    }
    return 1 / std::sqrt(squares);
  }
  std::int64_t votes(std::int64_t n, std::mt19937_64& random) const {
    std::normal_distribution<double> normal;
    std::int64_t count = 0;
    for (std::int64_t s = 0; s < n; ++s) {
      double score = 1;
      for (std::size_t i = 0; i < weights.size(); ++i) {
        score += weights[i] * map.values[i] * normal(random);
      }
      count += score > 0;
    }
    return count;
  }
};

Case ellipsoid_case(const char* method, std::int64_t n, double alpha) {
  return {.method = fmt::format("{}, map of sigma", method),
          .description = fmt::format("linear in 6 dimensions, volume of the ellipsoid, n = {}", n),
          .alpha = alpha,
          .trials = 40000,
          .sound = true,
          .run = [=](std::int64_t trials) {
            const LinearCase linear;
            const Ellipsoid truth = ellipsoid_of(linear.truth() * linear.map.smallest, linear.map);
            const MethodOptions options{gaussian_noise(linear.map.smallest, &linear.map), alpha,
                                        Selection::kLabel};
            std::mt19937_64 random(23);
            Outcome outcome;
            outcome.truth = truth.radius;
            for (std::int64_t i = 0; i < trials; ++i) {
              ImageSamples samples;
              const std::int64_t top = linear.votes(n, random);
              samples.estimation.votes = {top, n - top};
              const Ellipsoid found = *certify_one(samples, find_method(method), options).ellipsoid;
              outcome.mean_bound += found.radius / static_cast<double>(trials);
              outcome.misses += found.log_volume > truth.log_volume;
            }
            return outcome;
          }};
}

}  // namespace

std::vector<Case> ellipsoid_cases() {
  return {ellipsoid_case("cohen", 50, 0.05), ellipsoid_case("first-margin", 51, 0.01)};
}

}  // namespace certify::coverage
