#include "core/attack/pgd.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace certify {
namespace {

double norm(const std::vector<double>& v) {
  return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
}

void scale(std::vector<double>& v, double factor) {
  for (double& x : v) x *= factor;
}

std::vector<float> moved(const std::vector<float>& from, const std::vector<double>& by) {
  std::vector<float> to(from.size());
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = static_cast<float>(static_cast<double>(from[i]) + by[i]);
  }
  return to;
}

/// To whole steps: noise that comes in steps is certified for all points, and drawn for these. What
/// rounding takes of one element's length the next one gets, or a move of many small parts would
/// vanish. @param step  0: every float is one
void round_to_steps(const std::vector<float>& from, double step, std::vector<double>& move) {
  if (step == 0) return;
  double owed = 0;  // in steps
  for (std::size_t i = 0; i < move.size(); ++i) {
    const double start = std::nearbyint(static_cast<double>(from[i]) / step);
    const double length = std::abs(move[i]) / step + owed;
    const double whole = std::nearbyint(length);
    owed = length - whole;
    move[i] = (start + std::copysign(whole, move[i])) * step - static_cast<double>(from[i]);
  }
}

/// Inside the ball even after rounding, to single precision and to whole steps.
std::vector<float> inside(const Ball& ball, double step, std::vector<double> move) {
  constexpr int kRoundings = 100;
  constexpr double kShorter = 0.97;
  for (int i = 0; i < kRoundings; ++i) {
    std::vector<double> rounded = move;
    round_to_steps(ball.center, step, rounded);
    std::vector<float> point = moved(ball.center, rounded);
    const double d = distance(ball.center, point);
    if (d <= ball.radius) return point;
    scale(move, step > 0 ? kShorter : ball.radius / d * (1 - 1e-9));
  }
  return ball.center;  // a ball smaller than the spacing of floats, or than a step
}

}  // namespace

double distance(const std::vector<float>& from, const std::vector<float>& to) {
  double sum = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double d = static_cast<double>(to[i]) - static_cast<double>(from[i]);
    sum += d * d;
  }
  const double relative = 2e-16 * (static_cast<double>(from.size()) + 2);  // of sum and root
  return std::sqrt(sum) * (1 + relative);
}

std::vector<float> strongest_point(const Ball& ball, int attacked, const NoiseStream& noise,
                                   std::uint32_t first_sample, const LossGradient& network,
                                   const AttackPlan& plan) {
  const std::size_t size = ball.center.size();
  const NoiseGenerator generator(plan.noise);
  const double step = std::max(plan.step, 2 * ball.radius / plan.steps);
  std::vector<double> move(size, 0.0);
  std::vector<float> batch(size * static_cast<std::size_t>(plan.noises)), gradient(size);
  std::uint32_t sample = first_sample;
  for (int s = 0; s < plan.steps; ++s) {
    const std::vector<float> point = moved(ball.center, move);
    for (std::size_t row = 0; row < batch.size(); row += size) {
      generator.add(point.data(), batch.data() + row, static_cast<std::int64_t>(size), noise,
                    sample++);
    }
    network.gradient(batch.data(), plan.noises, attacked, plan.loss, gradient.data());
    const double length = norm({gradient.begin(), gradient.end()});
    if (!(length > 0) || !std::isfinite(length)) break;
    for (std::size_t i = 0; i < size; ++i) {
      move[i] += step / length * static_cast<double>(gradient[i]);
    }
    const double reached = norm(move);
    if (reached > ball.radius) scale(move, ball.radius / reached);
  }
  return inside(ball, plan.noise.family->step, std::move(move));
}

}  // namespace certify
