// The whole attack against the network whose true radius is known.

#include "core/attack/attack_image.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/methods/counts/cohen.h"
#include "core/noise/gaussian.h"
#include "core/sampling/host_sampler.h"
#include "tests/fakes/linear_network.h"

namespace certify {
namespace {

constexpr ImageShape kShape{3, 4, 4};
constexpr double kSigma = 0.5;
constexpr double kAlpha = 0.001;

LabeledImage image(int index) {
  LabeledImage out{index, 1, {kShape, {}}};
  for (int i = 0; i < kShape.size(); ++i) {
    out.image.pixels.push_back(static_cast<float>(0.5 + 0.5 * std::sin(i * (0.31 + 0.07 * index))));
  }
  return out;
}

AttackPlan plan() {
  AttackPlan p;
  p.noise = gaussian_noise(kSigma);
  p.max_radius = 8 * kSigma;
  p.noises = 4;
  p.n = 20'000;
  p.tries = 20;
  p.alpha = kAlpha;
  return p;
}

Certificate certificate_of(const LinearNetwork& network, int index) {
  Certificate certificate;
  bool given = false;
  const StopFlag stop{false};
  HostSampler(network, {.workers = 1, .batch = 64})
      .run(
          [&]() -> std::optional<LabeledImage> {
            if (std::exchange(given, true)) return std::nullopt;
            return image(index);
          },
          {100, 20'000, kSigma, 3},
          [&](const ImageSamples& samples) {
            certificate = kCohen.certify(samples, {kSigma, kAlpha, Selection::kSeparate});
          },
          stop);
  return certificate;
}

TEST(AttackImage, FindsTheTrueRadiusOfALinearNetworkAndNothingBelowTheCertificate) {
  const LinearNetwork network(kShape, 3);
  const StopFlag stop{false};
  int attacked = 0;
  for (int index = 0; index < 24; ++index) {
    const Certificate certificate = certificate_of(network, index);
    if (certificate.abstained()) continue;
    ++attacked;
    AttackPlan p = plan();
    p.loss = index % 2 == 0 ? AttackLoss::kCohen : AttackLoss::kSoft;
    const AttackedImage found =
        attack_image(image(index), certificate, {network, network, 64}, p, stop);
    const double truth = std::abs(network.distance(to_hwc(image(index).image).data()));
    ASSERT_TRUE(found.found()) << "image " << index;
    EXPECT_NE(found.attack_predicted, certificate.predicted);
    EXPECT_GE(found.attack_radius, truth) << "image " << index;
    // Behind the plane by what 20,000 samples need to tell the classes apart (4.1 standard errors
    // at 5e-5, and 3 for their luck), and by the 2 % of the search.
    const double blur = kSigma * 7.1 * std::sqrt(M_PI / 2) / std::sqrt(p.n);
    EXPECT_LE(found.attack_radius, 1.021 * (truth + blur)) << "image " << index;
    EXPECT_GE(found.unsettled_radius, 0.97 * (truth - blur)) << "image " << index;
    EXPECT_LE(found.unsettled_radius, found.attack_radius);
    EXPECT_FALSE(found.found_inside());
  }
  EXPECT_GE(attacked, 15);
}

TEST(AttackImage, ACertificateThatOverclaimsIsFoundOut) {
  const LinearNetwork network(kShape, 3);
  const StopFlag stop{false};
  Certificate certificate = certificate_of(network, 2);
  ASSERT_FALSE(certificate.abstained());
  certificate.radius = 1.2 * std::abs(network.distance(to_hwc(image(2).image).data()));
  const AttackedImage found =
      attack_image(image(2), certificate, {network, network, 64}, plan(), stop);
  EXPECT_TRUE(found.found_inside());
}

TEST(AttackImage, DependsOnSeedAndImageAlone) {
  const LinearNetwork network(kShape, 3);
  const StopFlag stop{false};
  const Certificate certificate = certificate_of(network, 1);
  AttackPlan p = plan();
  p.n = 500;
  const auto attack = [&] {
    return attack_image(image(1), certificate, {network, network, 64}, p, stop);
  };
  const AttackedImage first = attack();
  EXPECT_EQ(attack(), first);
  p.seed = 1;
  EXPECT_NE(attack(), first);
}

/// Answers by a digit of the first pixel that only noise decides: no class is the more likely one.
class Coin final : public BaseClassifier {
 public:
  ImageShape input_shape() const override { return kShape; }
  int num_classes() const override { return 2; }
  void logits(const float* batch, std::int64_t rows, float* out) const override {
    for (std::int64_t r = 0; r < rows; ++r) {
      const float digits = batch[r * kShape.size()] * 1000;
      out[2 * r] = 0.5f;
      out[2 * r + 1] = digits - std::floor(digits);
    }
  }
};

TEST(AttackImage, TryingOftenDoesNotBringAboutAnAnswerThatIsWrong) {
  const Coin coin;
  const LinearNetwork direction(kShape);
  const StopFlag stop{false};
  Certificate certificate;
  certificate.predicted = 1;
  AttackPlan p = plan();
  p.noises = 1;
  p.steps = 2;
  p.n = 1000;
  p.alpha = 0.1;
  int changed = 0, unsettled = 0;
  for (int index = 0; index < 100; ++index) {
    certificate.radius = 0.01 * index;
    const AttackedImage found =
        attack_image(image(index), certificate, {coin, direction, 64}, p, stop);
    changed += found.found();
    unsettled += found.unsettled_radius < p.max_radius;
  }
  EXPECT_LE(changed, 16);  // 100 chances of at most 0.05 for class 0: P[Bin > 16] < 1e-5
  EXPECT_GE(unsettled, 95) << "it abstains";
}

}  // namespace
}  // namespace certify
