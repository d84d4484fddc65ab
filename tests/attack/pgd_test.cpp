#include "core/attack/pgd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/attack/ball_shape.h"
#include "core/noise/families.h"
#include "tests/fakes/linear_network.h"

namespace certify {
namespace {

constexpr ImageShape kShape{3, 4, 5};
const NoiseStream kNoise{7, 2, Phase::kAttackGradient};

std::vector<float> gray() {
  return std::vector<float>(static_cast<std::size_t>(kShape.size()), 0.5f);
}

AttackPlan plan(AttackLoss loss = AttackLoss::kCohen) {
  AttackPlan p;
  p.loss = loss;
  p.max_radius = 10;
  p.noise = gaussian_noise(0.25);
  return p;
}

double l2_distance(const std::vector<float>& a, const std::vector<float>& b) {
  return BallShape(kGaussian).distance(a, b);
}

TEST(Pgd, OnAPlaneMovesStraightAcrossItToTheRimOfTheBall) {
  const LinearNetwork network(kShape);
  const auto x = gray();
  for (const AttackLoss loss : {AttackLoss::kCohen, AttackLoss::kSoft}) {
    for (const double radius : {1e-3, 0.05, 0.7, 1.9, 5.0}) {  // 20 steps of 0.1 would not reach 5
      for (const int attacked : {0, 1}) {
        const auto y = strongest_point({x, radius}, attacked, kNoise, 0, network, plan(loss));
        const double moved = network.distance(y.data()) - network.distance(x.data());
        EXPECT_NEAR(moved, attacked == 1 ? -radius : radius, 2e-3 * radius);
        EXPECT_LE(l2_distance(x, y), radius);
      }
    }
  }
}

TEST(Pgd, NeverLeavesTheBallNotEvenByRounding) {
  const LinearNetwork network(kShape);
  const auto x = gray();
  for (double radius = 1e-9; radius < 3; radius *= 1.37) {
    EXPECT_LE(l2_distance(x, strongest_point({x, radius}, 1, kNoise, 0, network, plan())), radius);
  }
}

TEST(Pgd, PixelsMayLeaveTheRangeOfImages) {
  const LinearNetwork network(kShape);
  const std::vector<float> black(gray().size(), 0.0f);
  const auto y = strongest_point({black, 2.0}, 1, kNoise, 0, network, plan());
  EXPECT_NEAR(network.distance(y.data()), network.distance(black.data()) - 2, 0.01);
}

/// Remembers the noisy rows it was shown; its gradient is nothing, or worse.
class Recorder final : public LossGradient {
 public:
  explicit Recorder(float value) : value_(value) {}
  void gradient(const float* batch, std::int64_t rows, int, AttackLoss, float* out) const override {
    seen.insert(seen.end(), batch, batch + rows * kShape.size());
    std::fill(out, out + kShape.size(), value_);
  }
  mutable std::vector<float> seen;

 private:
  float value_;
};

TEST(Pgd, StaysWhereTheGradientVanishesOrIsNoNumber) {
  for (const float value :
       {0.0f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const Recorder network(value);
    EXPECT_EQ(strongest_point({gray(), 1.0}, 0, kNoise, 0, network, plan()), gray());
  }
}

TEST(Pgd, EachStepDrawsTheNextSamplesOfItsStream) {
  const Recorder network(1e-3f);
  AttackPlan p = plan();
  p.steps = 3;
  p.noises = 2;
  p.step = 1e-9;  // stays at the centre, so rows are x + noise
  strongest_point({gray(), 1e-9}, 0, kNoise, 10, network, p);
  const auto size = static_cast<std::size_t>(kShape.size());
  ASSERT_EQ(network.seen.size(), 6 * size);
  std::vector<float> row(size);
  for (std::uint32_t s = 0; s < 6; ++s) {
    NoiseGenerator(p.noise).add(gray().data(), row.data(), kShape.size(), kNoise, 10 + s);
    for (std::size_t i = 0; i < size; ++i) EXPECT_NEAR(network.seen[s * size + i], row[i], 1e-6);
  }
}

TEST(Pgd, InL1MovesTheElementOfTheLargestWeight) {
  const LinearNetwork network(kShape);
  const auto x = gray();
  AttackPlan p = plan();
  p.noise = {&find_noise_family("uniform"), 0.25};
  const auto& w = network.weights();
  const double most = std::abs(*std::max_element(
      w.begin(), w.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
  const double norm = std::sqrt(std::inner_product(w.begin(), w.end(), w.begin(), 0.0));
  for (const double radius : {0.05, 0.7, 1.9, 5.0}) {
    for (const int attacked : {0, 1}) {
      const auto y = strongest_point({x, radius}, attacked, kNoise, 0, network, p);
      const double moved = network.distance(y.data()) - network.distance(x.data());
      EXPECT_NEAR(moved, (attacked == 1 ? -radius : radius) * most / norm, 0.1 * radius);
      EXPECT_LE(BallShape(*p.noise.family).distance(x, y), radius);
    }
  }
}

// The network is given the middle of what lies below an element's cut, or of what lies above: which
// place was taken can be told from it.
TEST(Pgd, OfNoiseThatIsNotDrawnPlacesFarApartAreTaken) {
  const NoiseFamily& family = find_noise_family("splitting:all");
  for (const double lambda : {0.2, 0.5, 1.0}) {
    const Recorder network(1e-3f);
    AttackPlan p = plan();
    p.noise = {&family, sigma_of_half_side(family, lambda)};
    p.steps = 1;
    p.noises = 10;
    const auto places = static_cast<std::uint32_t>(family.all_samples(p.noise));
    const auto size = static_cast<std::size_t>(kShape.size());
    strongest_point({gray(), 1e-9}, 0, kNoise, 0, network, p);
    std::vector<std::uint32_t> taken;
    std::vector<float> row(size);
    for (std::size_t s = 0; s < 10; ++s) {
      const auto seen = network.seen.begin() + static_cast<std::ptrdiff_t>(s * size);
      for (std::uint32_t place = 0; place < places; ++place) {
        NoiseGenerator(p.noise).add(gray().data(), row.data(), kShape.size(), kNoise, place);
        if (!std::equal(row.begin(), row.end(), seen)) continue;
        taken.push_back(place);
        break;
      }
    }
    ASSERT_EQ(taken.size(), 10u) << lambda;
    std::sort(taken.begin(), taken.end());
    for (std::size_t i = 0; i < 10; ++i) {
      const std::uint32_t next = i == 9 ? taken[0] + places : taken[i + 1];
      EXPECT_GE(next - taken[i], places / 30) << lambda;
      EXPECT_LE(next - taken[i], places / 5) << lambda;
    }
  }
}

}  // namespace
}  // namespace certify
