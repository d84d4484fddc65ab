#include "core/attack/pgd.h"

#include <algorithm>

#include "core/attack/ball_shape.h"

namespace certify {
namespace {

/// Of noise that is not drawn the samples are places in their order, and neighbours give nearly the
/// same input: places far apart say more. The golden ratio spreads them evenly.
std::uint32_t spread(const NoiseFamily& family, std::uint32_t sample) {
  constexpr std::uint32_t kGoldenRatio = 0x9E3779B1;  // of 2³²
  return family.all_samples == nullptr ? sample : sample * kGoldenRatio;
}

}  // namespace

std::vector<float> strongest_point(const Ball& ball, int attacked, const NoiseStream& noise,
                                   std::uint32_t first_sample, const LossGradient& network,
                                   const AttackPlan& plan) {
  const std::size_t size = ball.center.size();
  const BallShape shape(*plan.noise.family);
  const NoiseGenerator generator(plan.noise);
  const double step = std::max(plan.step, 2 * ball.radius / plan.steps);
  std::vector<double> move(size, 0.0);
  std::vector<float> batch(size * static_cast<std::size_t>(plan.noises)), gradient(size);
  std::uint32_t sample = first_sample;
  for (int s = 0; s < plan.steps; ++s) {
    const std::vector<float> point = moved(ball.center, move);
    for (std::size_t row = 0; row < batch.size(); row += size) {
      generator.add(point.data(), batch.data() + row, static_cast<std::int64_t>(size), noise,
                    spread(*plan.noise.family, sample++));
    }
    network.gradient(batch.data(), plan.noises, attacked, plan.loss, gradient.data());
    if (!shape.climb(ball.center, ball.radius, step, gradient, move)) break;
  }
  return shape.point(ball.center, ball.radius, std::move(move));
}

}  // namespace certify
