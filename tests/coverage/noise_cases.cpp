// Certificates from noise as it is drawn, of every family: real draws around an image of 8 bits,
// for a classifier whose true radius is known.

#include <fmt/format.h>

#include <numbers>
#include <vector>

#include "core/methods/catalogue.h"
#include "core/methods/certify_many.h"
#include "core/noise/families.h"
#include "tests/coverage/cases.h"

namespace certify::coverage {
namespace {

/// Class 0 where element 5 is above its border, which lies halfway between two levels. Rounded to
/// levels or not, it is a half-space, so the distance to the border is the true radius, in ℓ2 and
/// in ℓ1.
struct HalfSpace {
  static constexpr std::size_t kElement = 5;
  std::vector<float> image = std::vector<float>(12, 100.0F / 255);
  double distance = 12.5 / 255;

  std::int64_t votes(const NoiseGenerator& noise, std::int64_t n, std::uint32_t trial) const {
    std::vector<float> y(image.size());
    std::int64_t count = 0;
    for (std::int64_t s = 0; s < n; ++s) {
      noise.add(image.data(), y.data(), static_cast<std::int64_t>(y.size()),
                {29, trial, Phase::kEstimation}, static_cast<std::uint32_t>(s));
      count += double{y[kElement]} > double{image[kElement]} - distance;
    }
    return count;
  }
};

Case noise_case(const NoiseFamily& family, const char* method, std::int64_t n, double alpha,
                double sigma = 0.05) {
  return {.method = fmt::format("{}, {} noise", method, family.name),
          .description = fmt::format("drawn, a half-space at {:.2f} σ, n = {}",
                                     HalfSpace().distance / sigma, n),
          .alpha = alpha,
          .trials = 40000,
          .sound = true,
          .run = [=, &family](std::int64_t trials) {
            const HalfSpace space;
            const Noise noise{&family, sigma};
            const auto elements = static_cast<std::int64_t>(space.image.size());
            const MethodOptions options{noise, alpha, Selection::kLabel, 0,
                                        noise.total_variation(elements) * static_cast<double>(n)};
            const NoiseGenerator generator(noise);
            Outcome outcome;
            outcome.truth = space.distance / noise.sigma;
            for (std::int64_t i = 0; i < trials; ++i) {
              ImageSamples samples;
              const std::int64_t top = space.votes(generator, n, static_cast<std::uint32_t>(i));
              samples.estimation.votes = {top, n - top};
              const double found =
                  certify_one(samples, find_method(method), options).radius / noise.sigma;
              outcome.mean_bound += found / static_cast<double>(trials);
              outcome.misses += found > outcome.truth;
            }
            return outcome;
          }};
}

}  // namespace

std::vector<Case> noise_cases() {
  std::vector<Case> cases;
  for (const NoiseFamily* family :
       {&kGaussian, &kLattice[0], &kLattice[4], &kUniform[0], &kUniform[4]}) {
    cases.push_back(noise_case(*family, "cohen", 50, 0.05));
    cases.push_back(noise_case(*family, "first-margin", 51, 0.01));
  }
  const double of_places = 45.0 / 510 / std::numbers::sqrt3;  // nearly the same
  cases.push_back(noise_case(kSplitting[0], "cohen", 50, 0.05, of_places));
  cases.push_back(noise_case(kSplitting[0], "first-margin", 51, 0.01, of_places));
  return cases;
}

}  // namespace certify::coverage
