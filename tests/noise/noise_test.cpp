#include "core/noise/noise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/errors.h"
#include "core/noise/families.h"
#include "core/noise/gaussian_quad.h"

namespace certify {
namespace {

std::vector<float> normals(const NoisePath& path, std::int64_t size, const NoiseStream& stream,
                           std::uint32_t sample) {
  const std::vector<float> zero(static_cast<std::size_t>(size));
  std::vector<float> z(zero.size());
  path.add({1, {}}, zero.data(), z.data(), size, stream, sample);
  return z;
}

const std::vector<NoisePath>& noise_paths() { return kGaussian.paths(); }
const NoisePath& portable() { return noise_paths().back(); }

// Known answers of the Random123 distribution (Salmon et al. 2011), kat_vectors, philox4x32 10.
TEST(Philox, GivesThePublishedKnownAnswers) {
  const auto zero = philox::philox4x32_10({0, 0, 0, 0}, 0, 0);
  EXPECT_EQ(zero.x0, 0x6627e8d5u);
  EXPECT_EQ(zero.x1, 0xe169c58du);
  EXPECT_EQ(zero.x2, 0xbc57ac4cu);
  EXPECT_EQ(zero.x3, 0x9b00dbd8u);
  const auto ones = philox::philox4x32_10({~0u, ~0u, ~0u, ~0u}, ~0u, ~0u);
  EXPECT_EQ(ones.x0, 0x408f276du);
  EXPECT_EQ(ones.x1, 0x41c83b0eu);
  EXPECT_EQ(ones.x2, 0xa20bc7c6u);
  EXPECT_EQ(ones.x3, 0x6d5451fdu);
}

TEST(BoxMuller, AgreesWithTheTextbookFormula) {
  std::uint32_t a = 1, b = 77;
  for (int i = 0; i < 100000; ++i) {
    a = a * 1664525u + 1013904223u;
    b = b * 22695477u + 1u;
    const double u = (static_cast<double>(a) + 0.5) * 0x1p-32;
    const double angle = 2 * M_PI * static_cast<double>(b) * 0x1p-32;
    const double radius = std::sqrt(-2 * std::log(u));
    const auto z = philox::box_muller(a, b);
    // Near u = 1 the float 1 - u is coarse, as in every single-precision generator: 2⁻²⁵ absolute
    // in u.
    const double slack = 2e-6 + 0x1p-24 / std::max(radius, 1e-3);
    ASSERT_NEAR(z.first, radius * std::cos(angle), slack) << a << " " << b;
    ASSERT_NEAR(z.second, radius * std::sin(angle), slack) << a << " " << b;
  }
}

TEST(BoxMuller, ReachesSixPointSixSigmaInTheTail) {
  EXPECT_GT(philox::box_muller(0, 0).first, 6.6f);
  EXPECT_LT(philox::box_muller(0, 0x80000000u).first, -6.6f);
}

TEST(BoxMuller, IsFiniteAtBothEnds) {
  for (const std::uint32_t word : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xfffffffeu, 0xffffffffu}) {
    EXPECT_TRUE(std::isfinite(philox::box_muller(word, word).first)) << word;
    EXPECT_TRUE(std::isfinite(philox::box_muller(word, word).second)) << word;
  }
}

TEST(AddNoise, EveryInstructionSetGivesTheSameBits) {
  ASSERT_GE(noise_paths().size(), 1u);
  std::vector<float> x(3072);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 256) / 255.0f;
  for (const auto& path : noise_paths()) {
    for (std::uint32_t sample = 0; sample < 300; ++sample) {
      std::vector<float> expected(x.size()), found(x.size());
      const NoiseStream stream{0x123456789abcdefu + sample, sample * 7919u, Phase::kEstimation};
      portable().add({0.25f, {}}, x.data(), expected.data(), 3072, stream, sample);
      path.add({0.25f, {}}, x.data(), found.data(), 3072, stream, sample);
      ASSERT_EQ(0, std::memcmp(expected.data(), found.data(), x.size() * sizeof(float)))
          << path.name << " sample " << sample;
    }
  }
}

TEST(AddNoise, EveryInstructionSetGivesTheSameBitsWithAScaleForEveryElement) {
  std::vector<float> x(3073);
  NoiseTables tables{0, std::vector<float>(x.size())};
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(i % 256) / 255.0f;
    tables.scales[i] = 0.003f * static_cast<float>(1 + i % 101);
  }
  for (const auto& path : noise_paths()) {
    for (std::uint32_t sample = 0; sample < 50; ++sample) {
      std::vector<float> found(x.size());
      const NoiseStream stream{0x123456789abcdefu + sample, sample * 7919u, Phase::kEstimation};
      path.add(tables, x.data(), found.data(), 3073, stream, sample);
      const std::vector<float> z = normals(portable(), 3073, stream, sample);
      for (std::size_t i = 0; i < x.size(); ++i) {
        ASSERT_EQ(found[i], std::fma(tables.scales[i], z[i], x[i]))
            << path.name << " element " << i;
      }
    }
  }
}

TEST(AddNoise, ConstantScalesGiveTheBitsOfOneScale) {
  const std::vector<float> x(784, 0.5f);
  const NoiseTables constant{0, std::vector<float>(x.size(), 0.25f)};
  const NoiseStream stream{1, 2, Phase::kEstimation};
  for (const auto& path : noise_paths()) {
    std::vector<float> one(x.size()), each(x.size());
    path.add({0.25f, {}}, x.data(), one.data(), 784, stream, 3);
    path.add(constant, x.data(), each.data(), 784, stream, 3);
    EXPECT_EQ(0, std::memcmp(one.data(), each.data(), x.size() * sizeof(float))) << path.name;
  }
}

TEST(NoiseScales, AreInTheOrderOfTheNoiseAndNeverBelowSigma) {
  const SigmaMap map = make_sigma_map({2, 1, 2}, {0.12, 0.25, 0.5, 1});
  const auto scales = kGaussian.tables(gaussian_noise(0.12, &map)).scales;
  EXPECT_EQ(scales, (std::vector<float>{noise_scale(0.12), 0.5f, 0.25f, 1.0f}));
}

// A change of these bits would make every stored run unresumable without anyone noticing.
TEST(AddNoise, BitsAreThoseOfVersionOne) {
  const NoiseStream stream{42, 7, Phase::kEstimation};
  std::uint64_t hash = 1469598103934665603u;  // FNV-1a over the bits
  for (std::uint32_t sample = 0; sample < 16; ++sample) {
    for (const float z : normals(portable(), 3072, stream, sample)) {
      hash = (hash ^ philox::as_bits(z)) * 1099511628211u;
    }
  }
  EXPECT_EQ(kGaussian.stream, "philox4x32-10/box-muller-32/hwc/v1");
  EXPECT_EQ(hash, 332380346286850301u);
}

TEST(AddNoise, AnElementDoesNotDependOnHowManyFollow) {
  const NoiseStream stream{1, 2, Phase::kSelection};
  for (const auto& path : noise_paths()) {
    const auto all = normals(path, 3072, stream, 5);
    for (const std::int64_t size : {1, 2, 3, 4, 5, 255, 256, 257, 784, 3071}) {
      const auto part = normals(path, size, stream, 5);
      ASSERT_TRUE(std::equal(part.begin(), part.end(), all.begin())) << path.name << " " << size;
    }
  }
}

TEST(AddNoise, StreamsDifferInEveryCoordinate) {
  const NoiseStream base{1, 2, Phase::kSelection};
  const auto z = normals(portable(), 64, base, 5);
  EXPECT_NE(z, normals(portable(), 64, {2, 2, Phase::kSelection}, 5));
  EXPECT_NE(z, normals(portable(), 64, {1 + (std::uint64_t{1} << 32), 2, Phase::kSelection}, 5));
  EXPECT_NE(z, normals(portable(), 64, {1, 3, Phase::kSelection}, 5));
  EXPECT_NE(z, normals(portable(), 64, {1, 2, Phase::kEstimation}, 5));
  EXPECT_NE(z, normals(portable(), 64, base, 6));
}

TEST(AddNoise, IsStandardNormalInMomentsAndDistribution) {
  std::vector<float> z;
  for (std::uint32_t sample = 0; sample < 400; ++sample) {
    const auto part = normals(noise_paths().front(), 3072, {3, 4, Phase::kEstimation}, sample);
    z.insert(z.end(), part.begin(), part.end());
  }
  const auto n = static_cast<double>(z.size());
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, neighbours = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double v = z[i];
    m1 += v / n, m2 += v * v / n, m3 += v * v * v / n, m4 += v * v * v * v / n;
    if (i > 0) neighbours += v * z[i - 1] / n;
  }
  const double se = 1 / std::sqrt(n);  // 5 standard errors each: a fixed seed, so no flakiness
  EXPECT_NEAR(m1, 0, 5 * se);
  EXPECT_NEAR(m2, 1, 5 * std::sqrt(2.0) * se);
  EXPECT_NEAR(m3, 0, 5 * std::sqrt(15.0) * se);
  EXPECT_NEAR(m4, 3, 5 * std::sqrt(96.0) * se);
  EXPECT_NEAR(neighbours, 0, 5 * se);
  std::sort(z.begin(), z.end());
  double distance = 0;  // Kolmogorov-Smirnov
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double cdf = 0.5 * std::erfc(-z[i] / std::sqrt(2.0));
    distance = std::max(distance, std::abs(cdf - (static_cast<double>(i) + 0.5) / n));
  }
  EXPECT_LT(distance * std::sqrt(n), 1.63);  // 1 % critical value
}

TEST(NoiseScale, IsNeverBelowSigma) {
  for (double sigma = 1e-4; sigma < 10; sigma *= 1.0137) {
    EXPECT_GE(static_cast<double>(noise_scale(sigma)), sigma);
    EXPECT_LE(static_cast<double>(noise_scale(sigma)), sigma * (1 + 2.4e-7));
  }
  EXPECT_EQ(noise_scale(0.25), 0.25f);
  EXPECT_GT(noise_scale(0.12), 0.12f);  // the nearest float lies below
}

TEST(GaussianNoise, TakesTheProbabilityThatItsRadiusStatesForEverySigma) {
  for (const double sigma : {0.12, 0.25, 1.0}) {
    const Noise noise = gaussian_noise(sigma);
    for (const double radius : {0.01, 0.25, 1.0, 3.0}) {
      const Proportion at = noise.probability_at(radius);
      EXPECT_NEAR(noise.majority_radius({at.p, at.q}), radius, 1e-12);
      EXPECT_NEAR(noise.pair_radius({at.p, at.q}, {at.q, at.p}), radius, 1e-12);
    }
  }
  EXPECT_EQ(gaussian_noise(1).majority_radius({0.5, 0.5}), 0);
  EXPECT_LE(gaussian_noise(1).pair_radius({0.4, 0.6}, {0.6, 0.4}), 0);
}

TEST(NoiseFamilies, AreFoundByTheStreamOfAStoredRun) {
  for (const NoiseFamily* family : kEveryFamily) {
    EXPECT_EQ(&noise_family_of_stream(family->stream), family);
  }
  EXPECT_THROW(noise_family_of_stream("pink/v1"), DataError);
}

}  // namespace
}  // namespace certify
