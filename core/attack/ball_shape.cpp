#include "core/attack/ball_shape.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>

#include "core/base/errors.h"
#include "core/base/norm.h"

namespace certify {
namespace {

void scale(std::span<double> move, double factor) {
  for (double& x : move) x *= factor;
}

// ℓ2: along the gradient, and back along the radius.

double l2_length(std::span<const double> move) {
  return std::sqrt(std::inner_product(move.begin(), move.end(), move.begin(), 0.0));
}

void l2_climb(std::span<const float> gradient, double length, std::span<double> move) {
  double squares = 0;
  for (const float g : gradient) squares += static_cast<double>(g) * static_cast<double>(g);
  const double unit = length / std::sqrt(squares);
  for (std::size_t i = 0; i < move.size(); ++i) move[i] += unit * static_cast<double>(gradient[i]);
}

void l2_project(double radius, std::span<double> move) {
  const double reached = l2_length(move);
  if (reached > radius) scale(move, radius / reached);
}

// ℓ1: the one steepest element alone would climb most to first order. A hundredth of them shares
// the step instead, by their slopes, or the network would curve away from a single one (the
// "sparse ℓ1 descent" of Tramèr & Boneh 2019, section 4.1).

double l1_length(std::span<const double> move) {
  return std::accumulate(move.begin(), move.end(), 0.0,
                         [](double sum, double x) { return sum + std::abs(x); });
}

void l1_climb(std::span<const float> gradient, double length, std::span<double> move) {
  constexpr std::size_t kShare = 100;
  const std::size_t few = (gradient.size() + kShare - 1) / kShare;
  std::vector<std::size_t> steepest(gradient.size());
  std::iota(steepest.begin(), steepest.end(), std::size_t{0});
  std::partial_sort(steepest.begin(), steepest.begin() + static_cast<std::ptrdiff_t>(few),
                    steepest.end(), [&](std::size_t a, std::size_t b) {
                      const float x = std::abs(gradient[a]), y = std::abs(gradient[b]);
                      return x != y ? x > y : a < b;
                    });
  steepest.resize(few);
  double slopes = 0;
  for (const std::size_t i : steepest) slopes += std::abs(static_cast<double>(gradient[i]));
  for (const std::size_t i : steepest) {
    move[i] += length / slopes * static_cast<double>(gradient[i]);
  }
}

/// Every element gives the same off its length, as far as it has any: Duchi et al. (2008),
/// figure 1.
void l1_project(double radius, std::span<double> move) {
  if (l1_length(move) <= radius) return;
  std::vector<double> lengths(move.size());
  std::transform(move.begin(), move.end(), lengths.begin(), [](double x) { return std::abs(x); });
  std::sort(lengths.begin(), lengths.end(), std::greater<>());
  double sum = 0, given = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    sum += lengths[i];
    const double each = (sum - radius) / static_cast<double>(i + 1);
    if (lengths[i] <= each) break;
    given = each;
  }
  for (double& x : move) x = std::copysign(std::max(0.0, std::abs(x) - given), x);
}

constexpr std::array kAttackNorms{AttackNorm{"l2", l2_length, l2_climb, l2_project},
                                  AttackNorm{"l1", l1_length, l1_climb, l1_project}};

const AttackNorm& find_attack_norm(std::string_view name) {
  for (const AttackNorm& norm : kAttackNorms) {
    if (norm.name == name) return norm;
  }
  throw InputError("no attack searches {} balls", norm_symbol(name));
}

bool is_finite_and_not_zero(std::span<const float> gradient) {
  const auto finite = [](float g) { return std::isfinite(g); };
  return std::all_of(gradient.begin(), gradient.end(), finite) &&
         std::any_of(gradient.begin(), gradient.end(), [](float g) { return g != 0; });
}

}  // namespace

std::vector<float> moved(const std::vector<float>& center, std::span<const double> move) {
  std::vector<float> to(center.size());
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = static_cast<float>(static_cast<double>(center[i]) + move[i]);
  }
  return to;
}

BallShape::BallShape(const NoiseFamily& family)
    : norm_(&find_attack_norm(family.norm)), step_(family.step), levels_only_(family.levels_only) {}

double BallShape::distance(const std::vector<float>& from, const std::vector<float>& to) const {
  std::vector<double> move(from.size());
  for (std::size_t i = 0; i < move.size(); ++i) {
    const auto a = static_cast<double>(from[i]), b = static_cast<double>(to[i]);
    move[i] = step_ > 0 ? std::nearbyint(b / step_) - std::nearbyint(a / step_) : b - a;
  }
  const double relative = 2e-16 * (static_cast<double>(from.size()) + 3);  // of sum, root, step
  return norm_->length(move) * (step_ > 0 ? step_ : 1) * (1 + relative);
}

bool BallShape::climb(const std::vector<float>& center, double radius, double length,
                      std::span<const float> gradient, std::vector<double>& move) const {
  std::vector<float> free(gradient.begin(), gradient.end());
  const auto at_end = [&](std::size_t i) {
    const double x = static_cast<double>(center[i]) + move[i];
    return gradient[i] > 0 ? x >= 1 : x <= 0;
  };
  for (std::size_t i = 0; levels_only_ && i < free.size(); ++i) {
    if (at_end(i)) free[i] = 0;
  }
  if (!is_finite_and_not_zero(free)) return false;
  norm_->climb(free, length, move);
  norm_->project(radius, move);
  for (std::size_t i = 0; levels_only_ && i < move.size(); ++i) {
    const auto x = static_cast<double>(center[i]);
    move[i] = std::clamp(move[i], -x, 1 - x);  // shorter, if anything
  }
  return true;
}

/// Noise that comes in steps is certified for all points, and drawn for these. What rounding takes
/// of one element's length the next one gets, or a move of many small parts would vanish.
void BallShape::round_to_steps(const std::vector<float>& center, std::vector<double>& move) const {
  if (step_ == 0) return;
  const double most = std::nearbyint(1 / step_);
  double owed = 0;  // in steps
  for (std::size_t i = 0; i < move.size(); ++i) {
    const double start = std::nearbyint(static_cast<double>(center[i]) / step_);
    double whole = 0;
    if (move[i] != 0) {
      const double length = std::abs(move[i]) / step_ + owed;
      whole = std::max(0.0, std::nearbyint(length));
      if (levels_only_) whole = std::min(whole, move[i] > 0 ? most - start : start);
      owed = length - whole;
    }
    move[i] = (start + std::copysign(whole, move[i])) * step_ - static_cast<double>(center[i]);
  }
}

std::vector<float> BallShape::point(const std::vector<float>& center, double radius,
                                    std::vector<double> move) const {
  constexpr int kRoundings = 100;
  constexpr double kShorter = 0.97;
  for (int i = 0; i < kRoundings; ++i) {
    std::vector<double> rounded = move;
    round_to_steps(center, rounded);
    std::vector<float> point = moved(center, rounded);
    const double d = distance(center, point);
    if (d <= radius) return point;
    scale(move, step_ > 0 ? kShorter : radius / d * (1 - 1e-9));
  }
  return center;  // a ball smaller than the spacing of floats, or than a step
}

}  // namespace certify
