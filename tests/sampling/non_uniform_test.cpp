// The whole chain under noise of another size for every element, on a network whose certified
// region is known exactly: sign(w·x + b) under ε ~ N(0, diag(σ_i²)) answers the same within
// |δ ⊘ σ|₂ < |w·x + b| / |w ⊙ σ|₂, and in no larger ellipsoid of that form.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/base/errors.h"
#include "core/methods/catalogue.h"
#include "core/methods/certify_many.h"
#include "core/noise/gaussian.h"
#include "core/sampling/host_sampler.h"

namespace certify {
namespace {

constexpr ImageShape kShape{3, 4, 4};
constexpr int kImages = 40;
constexpr std::int64_t kN = 10000;

/// HWC.
std::vector<double> weights() {
  std::vector<double> w;
  for (int i = 0; i < kShape.size(); ++i) w.push_back(std::exp(-(i % 7)) * std::sin(1.0 + i));
  return w;
}

class LinearClassifier final : public BaseClassifier {
 public:
  ImageShape input_shape() const override { return kShape; }
  int num_classes() const override { return 2; }
  void logits(const float* batch, std::int64_t rows, float* out) const override {
    for (std::int64_t r = 0; r < rows; ++r) {
      out[2 * r] = 0;
      out[2 * r + 1] = static_cast<float>(score(batch + r * kShape.size()));
    }
  }
  double score(const float* row) const {
    return std::inner_product(weights_.begin(), weights_.end(), row, 0.05);
  }

 private:
  std::vector<double> weights_ = weights();
};

/// Sigma from 0.05 to 2, falling where weights grow and elsewhere; CHW.
SigmaMap anisotropic_map() {
  std::vector<double> sigma;
  for (int i = 0; i < kShape.size(); ++i) sigma.push_back(0.05 * std::pow(40, (i * 5 % 48) / 47.0));
  return make_sigma_map(kShape, sigma);
}

LabeledImage image(int index, const LinearClassifier& classifier) {
  LabeledImage out{index, 0, {kShape, {}}};
  for (int i = 0; i < kShape.size(); ++i) {
    out.image.pixels.push_back(
        static_cast<float>(0.5 + 0.5 * std::sin(i * (0.3 + 0.05 * index) + index)));
  }
  out.label = classifier.score(to_hwc(out.image).data()) > 0 ? 1 : 0;
  return out;
}

double norm(const std::vector<double>& v) {
  return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
}

struct Truth {
  double score = 0;
  double mahalanobis() const {
    const SigmaMap map = anisotropic_map();
    std::vector<double> scaled = weights();
    for (std::size_t i = 0; i < scaled.size(); ++i) {  // HWC beside CHW
      scaled[i] *= map.values[i % 3 * 16 + i / 3];
    }
    return score / norm(scaled);
  }
};

std::vector<ImageSamples> sample(const LinearClassifier& classifier, const SigmaMap& map) {
  const GradientPlan gradient{true, channel_subspaces(kShape)};
  SamplingPlan plan{.n0 = 100, .n = kN, .noise = gaussian_noise(map.smallest), .seed = 11};
  plan.noise.map = &map;
  plan.gradient = &gradient;
  std::vector<ImageSamples> all;
  int next = 0;
  const StopFlag stop{false};
  HostSampler(classifier, {.workers = 2, .batch = 64})
      .run(
          [&]() -> std::optional<LabeledImage> {
            if (next == kImages) return std::nullopt;
            return image(next++, classifier);
          },
          plan, [&](const ImageSamples& samples) { all.push_back(samples); }, stop);
  return all;
}

/// Once for all tests.
const std::vector<ImageSamples>& samples_of_all(const LinearClassifier& classifier,
                                                const SigmaMap& map) {
  static const std::vector<ImageSamples> all = sample(classifier, map);
  return all;
}

class NonUniform : public testing::Test {
 protected:
  double score_of(const ImageSamples& samples) const {
    const LabeledImage one = image(static_cast<int>(samples.index), classifier_);
    return std::abs(classifier_.score(to_hwc(one.image).data()));
  }
  MethodOptions options() const {
    MethodOptions o{gaussian_noise(map_.smallest), 0.001, Selection::kLabel};
    o.noise.map = &map_;
    return o;
  }
  LinearClassifier classifier_;
  SigmaMap map_ = anisotropic_map();
  const std::vector<ImageSamples>& samples_ = samples_of_all(classifier_, map_);
};

TEST_F(NonUniform, CertifiedEllipsoidIsWithinTheTrueOneAndWithinSamplingErrorOfIt) {
  for (const char* name : {"cohen", "two-sided", "first-margin"}) {
    int certified = 0;
    for (const ImageSamples& samples : samples_) {
      const Certificate c = certify_one(samples, find_method(name), options());
      const double truth = Truth{score_of(samples)}.mahalanobis();
      ASSERT_TRUE(c.ellipsoid);
      EXPECT_LE(c.ellipsoid->radius, truth) << name << ", image " << samples.index;
      EXPECT_LE(c.radius, map_.smallest * c.ellipsoid->radius * (1 + 1e-15));
      if (c.abstained()) {
        EXPECT_LT(truth, 0.08);
        continue;
      }
      ++certified;
      // Known to about 7 standard errors √(pq/n)/φ(z), and no z beyond Φ⁻¹(α^{1/n}).
      const double z = std::min(truth, 3.0), p = 0.5 * std::erfc(-z / std::sqrt(2.0));
      const double density = std::exp(-z * z / 2) / std::sqrt(2 * M_PI);
      EXPECT_GT(c.ellipsoid->radius, z - 7 * std::sqrt(p * (1 - p) / kN) / density)
          << name << ", image " << samples.index;
    }
    EXPECT_GT(certified, kImages / 2) << name;
  }
}

// Moves by δ change the score by at most |w|_∞ |δ|_1, |w|_1 |δ|_∞, |w_S|_2 |δ_S|_2.
TEST_F(NonUniform, RadiiOfFirstOrderInEveryNormAreWithinTheTrueOnes) {
  const std::vector<double> w = weights();
  int above_cohen = 0;
  for (const ImageSamples& samples : samples_) {
    const Certificate c = certify_one(samples, find_method("first-order"), options());
    if (c.abstained()) continue;
    const double score = score_of(samples);
    EXPECT_LE(c.ellipsoid->radius, Truth{score}.mahalanobis());
    for (const NamedRadius& r : c.radii) {
      double dual = norm(w);
      if (r.name == "l1") {
        dual = 0;
        for (const double v : w) dual = std::max(dual, std::abs(v));
      } else if (r.name == "linf") {
        dual = 0;
        for (const double v : w) dual += std::abs(v);
      } else if (const auto channel = std::string("RGB").find(r.name);
                 channel != std::string::npos) {
        std::vector<double> part;
        for (std::size_t i = channel; i < w.size(); i += 3) part.push_back(w[i]);
        dual = norm(part);
      }
      EXPECT_LE(r.radius, score / dual) << r.name << ", image " << samples.index;
      above_cohen += r.name != "cohen" && r.radius > c.radii.back().radius;
    }
  }
  EXPECT_GT(above_cohen, 0) << "the gradient ought to help somewhere";
}

TEST_F(NonUniform, RefusesAnotherSigmaAndALipschitzConstant) {
  MethodOptions o = options();
  o.noise.sigma = 2 * map_.smallest;
  EXPECT_THROW(certify_one(samples_[0], find_method("cohen"), o), InputError);
  o = options();
  o.lipschitz = 1;
  EXPECT_THROW(certify_one(samples_[0], find_method("cohen"), o), InputError);
}

TEST(ConstantMap, GivesTheSamplesAndCertificatesOfOneSigma) {
  const LinearClassifier classifier;
  const SigmaMap map =
      make_sigma_map(kShape, std::vector<double>(static_cast<std::size_t>(kShape.size()), 0.12));
  const StopFlag stop{false};
  const auto counts = [&](const SigmaMap* used) {
    std::vector<ClassCounts> all;
    SamplingPlan plan{.n0 = 10, .n = 500, .noise = gaussian_noise(0.12), .seed = 3};
    plan.noise.map = used;
    int next = 0;
    HostSampler(classifier, {.workers = 1, .batch = 16})
        .run(
            [&]() -> std::optional<LabeledImage> {
              if (next == 10) return std::nullopt;
              return image(next++, classifier);
            },
            plan, [&](const ImageSamples& s) { all.push_back(s.estimation); }, stop);
    return all;
  };
  EXPECT_EQ(counts(&map), counts(nullptr));
}

}  // namespace
}  // namespace certify
