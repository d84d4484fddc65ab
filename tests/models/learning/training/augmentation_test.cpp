#include "models/learning/training/augmentation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace certify {
namespace {

constexpr int kSide = 6;

/// 2 × 6 × 6; no value twice, none zero.
Image numbered() {
  Image image{{2, kSide, kSide}, {}};
  for (int i = 0; i < 2 * kSide * kSide; ++i) {
    image.pixels.push_back(static_cast<float>(i + 1) / 128);
  }
  return image;
}

std::vector<float> shown(const Augmentation& a, std::int64_t index, std::int64_t epoch) {
  std::vector<float> out(2 * kSide * kSide);
  augment(numbered(), index, epoch, a, out.data());
  return out;
}

float pixel(const std::vector<float>& hwc, int c, int y, int x) {
  return hwc[static_cast<std::size_t>((y * kSide + x) * 2 + c)];
}
float source(int c, int y, int x) {
  const bool inside = y >= 0 && y < kSide && x >= 0 && x < kSide;
  return inside ? static_cast<float>((c * kSide + y) * kSide + x + 1) / 128 : 0;
}
bool is_crop(const std::vector<float>& out, int dy, int dx, bool mirrored) {
  for (int c = 0; c < 2; ++c) {
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const int from = mirrored ? kSide - 1 - x : x;
        if (pixel(out, c, y, x) != source(c, y + dy, from + dx)) return false;
      }
    }
  }
  return true;
}

TEST(Augmentation, IsOneOfTheCropsOfThePaddedImageOrItsMirrorImageAllAlikeOften) {
  constexpr int kPadding = 1, kDraws = 3600, kKinds = 3 * 3 * 2;
  std::map<std::tuple<int, int, bool>, int> seen;
  for (int epoch = 0; epoch < kDraws; ++epoch) {
    const auto out = shown({.padding = kPadding, .flips = true}, 5, epoch);
    for (int dy = -kPadding; dy <= kPadding; ++dy) {
      for (int dx = -kPadding; dx <= kPadding; ++dx) {
        for (const bool mirrored : {false, true}) {
          if (is_crop(out, dy, dx, mirrored)) ++seen[{dy, dx, mirrored}];
        }
      }
    }
  }
  int found = 0;
  for (const auto& [kind, count] : seen) {
    EXPECT_NEAR(count, kDraws / kKinds, 5 * std::sqrt(kDraws / kKinds));
    found += count;
  }
  EXPECT_EQ(found, kDraws);
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kKinds));
}

TEST(Augmentation, OfNothingIsTheImage) {
  EXPECT_TRUE(is_crop(shown({.padding = 0, .flips = false}, 3, 7), 0, 0, false));
}

TEST(Augmentation, AddsNoiseOfTheSigmaAskedForAnewInEachEpochAndImage) {
  const Augmentation noisy{.padding = 0, .flips = false, .sigma = 0.5, .seed = 1};
  double sum = 0, squares = 0;
  std::set<float> first;
  constexpr int kEpochs = 400;
  const auto clean = shown({.padding = 0, .flips = false}, 0, 0);
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    const auto out = shown(noisy, epoch % 2, epoch / 2);
    first.insert(out[0]);
    for (std::size_t i = 0; i < out.size(); ++i) {
      sum += out[i] - clean[i];
      squares += std::pow(out[i] - clean[i], 2);
    }
  }
  const double count = kEpochs * 2 * kSide * kSide;
  EXPECT_NEAR(sum / count, 0, 5 * 0.5 / std::sqrt(count));
  EXPECT_NEAR(squares / count, 0.25, 5 * 0.25 * std::sqrt(2 / count));
  EXPECT_EQ(first.size(), static_cast<std::size_t>(kEpochs));
}

TEST(Augmentation, DependsOnSeedEpochAndImageOnly) {
  const Augmentation a{.sigma = 0.25, .seed = 9};
  EXPECT_EQ(shown(a, 4, 2), shown(a, 4, 2));
  EXPECT_NE(shown(a, 4, 2), shown(a, 4, 3));
  EXPECT_NE(shown(a, 4, 2), shown(a, 5, 2));
  EXPECT_NE(shown(a, 4, 2), shown({.sigma = 0.25, .seed = 10}, 4, 2));
}

TEST(Augmentation, OfTestImagesIsNoiseThatTrainingNeverSees) {
  const Augmentation a{.padding = 0, .flips = false, .sigma = 0.25, .seed = 9};
  std::vector<float> out(2 * kSide * kSide);
  noisy_test_image(numbered(), 4, 2, {&plain_noise_family(), 0.25}, 9, out.data());
  EXPECT_NE(out, shown(a, 4, 2));
  noisy_test_image(numbered(), 4, 2, {&plain_noise_family(), 0}, 9, out.data());
  EXPECT_TRUE(is_crop(out, 0, 0, false));
}

TEST(EpochOrder, HoldsEveryImageOnceInAnotherOrderEachEpoch) {
  auto order = epoch_order(1000, 3, 5);
  EXPECT_EQ(order, epoch_order(1000, 3, 5));
  EXPECT_NE(order, epoch_order(1000, 4, 5));
  EXPECT_NE(order, epoch_order(1000, 3, 6));
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::int64_t i = 0; i < 1000; ++i) ASSERT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(Augmentation, AShareOfTheImagesGetsLessNoiseEvenlyDownToNone) {
  constexpr int kDraws = 4000;
  Augmentation a{.padding = 0, .flips = false, .sigma = 0.5, .seed = 3, .less_noise = 0.25};
  Augmentation full = a, clean = a;
  full.less_noise = 0;
  clean.sigma = 0;
  std::vector<double> levels;
  for (int index = 0; index < kDraws; ++index) {
    const auto image = shown(clean, index, 2), noisy = shown(a, index, 2);
    const auto most = shown(full, index, 2);
    if (noisy == most) continue;
    double less = 0, all = 0;
    for (std::size_t i = 0; i < image.size(); ++i) {
      less += std::abs(static_cast<double>(noisy[i]) - static_cast<double>(image[i]));
      all += std::abs(static_cast<double>(most[i]) - static_cast<double>(image[i]));
    }
    levels.push_back(less / all);
  }
  EXPECT_NEAR(static_cast<double>(levels.size()) / kDraws, 0.25, 0.03);
  std::sort(levels.begin(), levels.end());
  for (std::size_t i = 0; i < levels.size(); ++i) {  // Kolmogorov-Smirnov, 1e-6
    const double expected = static_cast<double>(i) / static_cast<double>(levels.size());
    EXPECT_NEAR(levels[i], expected, 0.09);
  }
}

}  // namespace
}  // namespace certify
