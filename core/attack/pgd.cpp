#include "core/attack/pgd.h"

#include <algorithm>

#include "core/attack/ball_shape.h"

namespace certify {
namespace {

/// Which samples of the noise gradients are taken over: the next ones. Of noise that is not drawn
/// they are places in their order, and neighbours give nearly the same input, so places far apart
/// are taken: multiples of the golden ratio spread evenly over the unit interval.
class GradientSamples {
 public:
  GradientSamples(const Noise& noise, std::uint32_t first)
      : all_(noise.family->all_samples == nullptr ? 0 : noise.family->all_samples(noise)),
        next_(first) {}
  std::uint32_t next() {
    constexpr std::uint32_t kGoldenRatio = 0x9E3779B1;  // of 2³²
    const std::uint32_t sample = next_++;
    if (all_ == 0) return sample;
    return static_cast<std::uint32_t>(
        static_cast<std::uint64_t>(sample * kGoldenRatio) * static_cast<std::uint64_t>(all_) >> 32);
  }

 private:
  std::int64_t all_;
  std::uint32_t next_;
};

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
  GradientSamples samples(plan.noise, first_sample);
  for (int s = 0; s < plan.steps; ++s) {
    const std::vector<float> point = moved(ball.center, move);
    for (std::size_t row = 0; row < batch.size(); row += size) {
      generator.add(point.data(), batch.data() + row, static_cast<std::int64_t>(size), noise,
                    samples.next());
    }
    network.gradient(batch.data(), plan.noises, attacked, plan.loss, gradient.data());
    if (!shape.climb(ball.center, ball.radius, step, gradient, move)) break;
  }
  return shape.point(ball.center, ball.radius, std::move(move));
}

}  // namespace certify
