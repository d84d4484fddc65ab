#include "core/noise/splitting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <random>
#include <set>
#include <vector>

#include "core/base/errors.h"
#include "core/noise/families.h"
#include "core/noise/splitting_quad.h"

namespace certify {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kDrawn = 0, kAll = 1;

/// λ = places / 510
Noise noise_of(int places, std::size_t which) {
  return {&kSplitting[which], places / 510.0 / std::numbers::sqrt3};
}

std::vector<float> split(const NoisePath& path, const NoiseTables& tables,
                         const std::vector<int>& levels, std::uint32_t sample,
                         std::uint32_t image = 7) {
  std::vector<float> x, out(levels.size());
  for (const int level : levels) x.push_back(static_cast<float>(level) / 255);
  path.add(tables, x.data(), out.data(), static_cast<std::int64_t>(x.size()),
           {42, image, Phase::kEstimation}, sample);
  return out;
}

/// By its definition: all cuts listed, and the two next to the level found.
double middle_by_listing(int level, int first_cut, int places) {
  double low = 0, high = 255;
  for (int cut = first_cut - 3 * places - 255 / places * places; cut < 600; cut += places) {
    const double at = cut + 0.5;
    if (at < level) low = std::max(low, at);
    if (at > level) high = std::min(high, at);
  }
  return (low + high) / 2 / 255;
}

TEST(SplittingMiddle, IsThatOfTheDefinitionForEveryLevelAndCut) {
  for (const int places : {3, 4, 7, 128, 255, 256, 510, 511, 1000}) {
    const NoiseTables tables = kSplitting[kAll].tables(noise_of(places, kAll));
    for (int cut = 0; cut < places; ++cut) {
      for (int level = 0; level <= 255; ++level) {
        const float found =
            splitting::middle(tables.cells->table, cut, static_cast<float>(level) / 255);
        ASSERT_NEAR(found, middle_by_listing(level, cut, places), 1e-7)
            << places << " " << cut << " " << level;
      }
    }
  }
}

TEST(SplittingMiddle, IsThatOfTheDefinitionForTheMostPlaces) {
  for (const int places : {99991, 1 << 18}) {
    const NoiseTables tables = kSplitting[kAll].tables(noise_of(places, kAll));
    for (int cut = 0; cut < places; cut += cut < 600 || cut > places - 600 ? 1 : 977) {
      for (int level = 0; level <= 255; ++level) {
        const float found =
            splitting::middle(tables.cells->table, cut, static_cast<float>(level) / 255);
        const double low = level > cut ? cut + 0.5 : 0,
                     high = level > cut ? 255 : std::min(255.0, cut + 0.5);
        ASSERT_NEAR(found, (low + high) / 510, 1e-7) << places << " " << cut << " " << level;
      }
    }
  }
}

/// What the theorem rests on, counted: two levels k apart are told apart by k places of s at most.
TEST(SplittingMiddle, TellsLevelsApartAtAsManyPlacesAsTheyAreApart) {
  for (const int places : {3, 10, 128, 300, 510, 777}) {
    const NoiseTables tables = kSplitting[kAll].tables(noise_of(places, kAll));
    std::vector<std::vector<float>> of(256);
    for (int level = 0; level <= 255; ++level) {
      for (int cut = 0; cut < places; ++cut) {
        of[static_cast<std::size_t>(level)].push_back(
            splitting::middle(tables.cells->table, cut, static_cast<float>(level) / 255));
      }
    }
    for (std::size_t a = 0; a < 256; ++a) {
      for (std::size_t b = a; b < 256; ++b) {
        std::size_t different = 0;
        for (std::size_t cut = 0; cut < of[a].size(); ++cut) different += of[a][cut] != of[b][cut];
        ASSERT_EQ(different, std::min(b - a, static_cast<std::size_t>(places))) << places;
      }
    }
  }
}

TEST(SplittingDraw, OfAllTakesEveryPlaceOnceForEveryElement) {
  constexpr int kPlaces = 100;
  const NoiseTables tables = kSplitting[kAll].tables(noise_of(kPlaces, kAll));
  const std::vector<int> levels(9, 120);
  std::vector<std::multiset<float>> seen(levels.size());
  for (std::uint32_t sample = 0; sample < kPlaces; ++sample) {
    const auto out = split(kSplitting[kAll].paths().front(), tables, levels, sample);
    for (std::size_t i = 0; i < out.size(); ++i) seen[i].insert(out[i]);
  }
  for (const auto& of_element : seen) EXPECT_EQ(of_element, seen.front());
  // 100 places, and a width of 100 levels: every middle within half of it.
  EXPECT_EQ(std::set<float>(seen.front().begin(), seen.front().end()).size(), 100u);
}

TEST(SplittingDraw, OfOneDrawsEveryPlaceAsOften) {
  constexpr std::size_t kPlaces = 64, kSamples = 64000;
  const NoiseTables tables = kSplitting[kDrawn].tables(noise_of(kPlaces, kDrawn));
  std::map<float, int> counts;
  for (std::uint32_t sample = 0; sample < kSamples; ++sample) {
    ++counts[split(kSplitting[kDrawn].paths().front(), tables, {128}, sample)[0]];
  }
  ASSERT_EQ(counts.size(), kPlaces);
  double statistic = 0;
  for (const auto& [value, count] : counts) statistic += std::pow(count - 1000.0, 2) / 1000;
  EXPECT_LT(statistic, 103);  // χ² of 63 degrees, its upper thousandth
  EXPECT_GT(statistic, 33);
}

TEST(SplittingDraw, IsTheSameOnEveryInstructionSetAndInTheKernelsCode) {
  for (const std::size_t which : {kDrawn, kAll}) {
    const NoiseTables tables = kSplitting[which].tables(noise_of(357, which));
    std::vector<int> levels(3073);
    for (std::size_t i = 0; i < levels.size(); ++i) levels[i] = static_cast<int>(i % 256);
    for (std::uint32_t sample = 0; sample < 100; ++sample) {
      const NoiseStream stream{42, 7, Phase::kEstimation};
      DeviceNoise noise{42, 0, 0, nullptr, tables.cells->table};
      std::vector<float> kernel(levels.size()), standard(levels.size());
      for (std::uint32_t q = 0; 4 * q < levels.size(); ++q) {
        const philox::Block counter{q, sample, static_cast<std::uint32_t>(stream.phase),
                                    stream.image};
        const auto left = std::min(4u, static_cast<std::uint32_t>(levels.size()) - 4 * q);
        Quad x{};
        for (std::uint32_t j = 0; j < left; ++j) {
          x.v[j] = static_cast<float>(levels[4 * q + j]) / 255;
        }
        const Quad y = SplittingQuads::add<false>(noise, counter, left, x);
        const Quad z = SplittingQuads::standard(noise, counter);
        for (std::uint32_t j = 0; j < left; ++j) {
          kernel[4 * q + j] = y.v[j];
          standard[4 * q + j] = z.v[j];
        }
      }
      for (const NoisePath& path : kSplitting[which].paths()) {
        ASSERT_EQ(split(path, tables, levels, sample), kernel) << path.name;
        std::vector<float> z(levels.size());
        path.standard(tables, z.data(), static_cast<std::int64_t>(z.size()), stream, sample);
        ASSERT_EQ(z, standard) << path.name;
      }
    }
  }
}

// A change of these would make stored runs unresumable without anyone noticing.
TEST(SplittingDraw, ValuesAreThoseOfVersionOne) {
  std::uint64_t hash = 1469598103934665603u;  // FNV-1a
  for (const std::size_t which : {kDrawn, kAll}) {
    const NoiseTables tables = kSplitting[which].tables(noise_of(200, which));
    for (std::uint32_t sample = 0; sample < 16; ++sample) {
      for (const float y :
           split(kSplitting[which].paths().back(), tables, std::vector<int>(512, 77), sample)) {
        hash = (hash ^ static_cast<std::uint64_t>(std::lround(double{y} * 1020))) * 1099511628211u;
      }
    }
  }
  EXPECT_EQ(kSplitting[kDrawn].stream, "philox4x32-10/splitting-drawn/hwc/v1");
  EXPECT_EQ(kSplitting[kAll].stream, "philox4x32-10/splitting-all/hwc/v1");
  EXPECT_EQ(hash, 18039165018152180078u);
}

TEST(SplittingNoise, TakesWholePlacesAndEnoughOfThem) {
  EXPECT_EQ(splitting_offsets(noise_of(3, kAll)), 3);
  EXPECT_EQ(splitting_offsets(noise_of(510, kAll)), 510);
  EXPECT_EQ(splitting_offsets({&kSplitting[kAll], 2 / std::numbers::sqrt3}), 1020);
  const auto refusal = [](const Noise& noise) -> std::string {
    try {
      noise.family->check(noise);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(refusal(noise_of(2, kAll)), HasSubstr("takes a lambda from 3/510"));
  EXPECT_THAT(refusal(noise_of(1, kDrawn)), HasSubstr("takes a lambda from 3/510"));
  EXPECT_THAT(refusal({&kSplitting[kAll], 0.25}), HasSubstr("lies between 220/510 and 221/510"));
  const SigmaMap map = make_sigma_map({1, 1, 2}, {0.1, 0.2});
  EXPECT_THAT(refusal({&kSplitting[kAll], 0.1, &map}), HasSubstr("no map of sigma"));
}

TEST(SplittingRadius, IsThatOfUniformNoise) {
  const Noise noise = noise_of(255, kDrawn);  // λ = ½
  EXPECT_NEAR(noise.pair_radius({0.6, 0.4}, {0.2, 0.8}), 0.2, 1e-15);
  EXPECT_LE(noise.pair_radius({0.6, 0.4}, {0.2, 0.8}), 0.2);
  EXPECT_NEAR(noise.majority_radius({0.9, 0.1}), 0.4, 1e-15);
  EXPECT_EQ(noise.majority_radius({0.5, 0.5}), 0);
  EXPECT_EQ(noise_of(255, kAll).total_variation(3072), 0);
  EXPECT_DOUBLE_EQ(noise.total_variation(3072), std::ldexp(255, -64));
}

}  // namespace
}  // namespace certify
