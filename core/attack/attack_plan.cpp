#include "core/attack/attack_plan.h"

#include <limits>

#include "core/base/errors.h"

namespace certify {
namespace {

void require(bool right, const char* option, double value, const char* expected) {
  if (!right) throw InputError("{} {}: {}", option, value, expected);
}

}  // namespace

void check(const AttackPlan& p) {
  require(p.steps >= 1 && p.steps <= 10'000, "--steps", p.steps, "must be between 1 and 10000");
  require(p.step > 0 && p.step <= 1e6, "--step", p.step, "must be positive and at most 1e6");
  require(p.noises >= 1 && p.noises <= 10'000, "--noises", p.noises, "must be between 1 and 10000");
  require(p.tries >= 1 && p.tries <= 100, "--tries", p.tries, "must be between 1 and 100");
  require(p.max_radius > 0 && p.max_radius <= 1e6, "--max-radius", p.max_radius,
          "must be positive and at most 1e6");
  // Samples of all tries of an image are numbered with 32 bits.
  constexpr std::int64_t kSamples = std::numeric_limits<std::uint32_t>::max();
  require(p.n >= 1 && p.n <= kSamples / p.tries, "--n", static_cast<double>(p.n),
          "must be positive, and with --tries at most 4294967295 samples");
  require(std::int64_t{p.steps} * p.noises <= kSamples / p.tries, "--noises", p.noises,
          "with --steps and --tries at most 4294967295 samples");
  if (p.is_exact()) {
    require(p.n == p.noise.family->all_samples(p.noise), "--n", static_cast<double>(p.n),
            "not all samples that the noise has");
    return;
  }
  require(p.alpha > 0 && p.alpha < 1, "--alpha", p.alpha, "must lie between 0 and 1");
  require(p.alpha_of_a_try() > 0, "--alpha", p.alpha, "leaves nothing beside what the noise takes");
}

}  // namespace certify
