// The whole chain on a network whose robust radius is known exactly: for the linear classifier
// sign(w·x + b) the smoothed classifier is the classifier itself and Cohen's radius tends to the
// distance |w·x + b| / ‖w‖ (Cohen et al. 2019, proposition 4).

#include <gtest/gtest.h>

#include <cmath>

#include "core/methods/catalogue.h"
#include "core/noise/gaussian.h"
#include "core/sampling/host_sampler.h"

namespace certify {
namespace {

constexpr ImageShape kShape{3, 8, 8};

class LinearClassifier final : public BaseClassifier {
 public:
  LinearClassifier() {
    for (int i = 0; i < kShape.size(); ++i)
      weights_.push_back(std::sin(static_cast<float>(i) * 0.7f));
  }
  ImageShape input_shape() const override { return kShape; }
  int num_classes() const override { return 2; }
  void logits(const float* batch, std::int64_t rows, float* out) const override {
    for (std::int64_t r = 0; r < rows; ++r) {
      out[2 * r] = 0;
      out[2 * r + 1] = static_cast<float>(score(batch + r * kShape.size()));
    }
  }
  /// @param row one image in HWC order
  double score(const float* row) const {
    double sum = kBias;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      sum += static_cast<double>(weights_[i]) * static_cast<double>(row[i]);
    }
    return sum;
  }
  double distance(const Image& image) const {
    std::vector<float> hwc;
    for (int i = 0; i < kShape.height * kShape.width; ++i) {
      for (int c = 0; c < 3; ++c) {
        hwc.push_back(image.pixels[static_cast<std::size_t>(c * kShape.height * kShape.width + i)]);
      }
    }
    double norm = 0;
    for (const float w : weights_) norm += static_cast<double>(w) * static_cast<double>(w);
    return score(hwc.data()) / std::sqrt(norm);
  }

 private:
  static constexpr double kBias = 0.3;
  std::vector<float> weights_;
};

/// Images at a spread of distances on both sides.
LabeledImage image(int index) {
  LabeledImage out{index, 0, {kShape, {}}};
  for (int i = 0; i < kShape.size(); ++i) {
    const double wave = std::sin(static_cast<double>(i) * (0.1 + 0.01 * index));
    out.image.pixels.push_back(static_cast<float>(0.5 + 0.5 * wave));
  }
  return out;
}

struct Case {
  const char* method;
  Selection selection;
};

class LinearClassifierTest : public testing::TestWithParam<Case> {};

TEST_P(LinearClassifierTest, IsCertifiedBelowItsTrueRadiusAndWithinStatisticalErrorOfIt) {
  constexpr int kImages = 60;
  constexpr std::int64_t kN = 10000;
  constexpr double kSigma = 0.5;
  const LinearClassifier classifier;
  const Method& method = find_method(GetParam().method);
  const MethodOptions options{gaussian_noise(kSigma), 0.001, GetParam().selection};
  int next = 0, certified = 0, overclaimed = 0;
  const StopFlag stop{false};
  HostSampler(classifier, {.workers = 2, .batch = 64})
      .run(
          [&]() -> std::optional<LabeledImage> {
            if (next == kImages) return std::nullopt;
            LabeledImage one = image(next++);
            one.label = classifier.distance(one.image) > 0 ? 1 : 0;
            return one;
          },
          {2000, kN, kSigma, 5},
          [&](const ImageSamples& samples) {
            const double truth =
                std::abs(classifier.distance(image(static_cast<int>(samples.index)).image));
            const Certificate c = method.certify(samples, options);
            if (c.abstained()) {
              // Five standard errors of the n0 samples, which must find the right side first.
              EXPECT_LT(truth, 0.08) << "image " << samples.index;
              return;
            }
            ++certified;
            EXPECT_EQ(c.predicted, samples.label);
            if (c.radius > truth) ++overclaimed;
            // z = R/σ is known to about 5 standard errors √(pq/n)/φ(z), and no z beyond
            // Φ⁻¹(α^{1/n}).
            const double z = std::min(truth / kSigma, 3.0);
            const double p = 0.5 * std::erfc(-z / std::sqrt(2.0));
            const double density = std::exp(-z * z / 2) / std::sqrt(2 * M_PI);
            const double error = kSigma * 7 * std::sqrt(p * (1 - p) / kN) / density;
            EXPECT_GT(c.radius, kSigma * z - error)
                << "image " << samples.index << ", truth " << truth;
          },
          stop);
  EXPECT_GT(certified, kImages / 2);
  EXPECT_EQ(overclaimed, 0);  // 60 chances at α = 0.001, seed fixed
}

INSTANTIATE_TEST_SUITE_P(Methods, LinearClassifierTest,
                         testing::Values(Case{"cohen", Selection::kSeparate},
                                         Case{"cohen", Selection::kSame},
                                         Case{"cohen", Selection::kLabel},
                                         Case{"two-sided", Selection::kSeparate},
                                         Case{"two-sided", Selection::kSame}));

}  // namespace
}  // namespace certify
