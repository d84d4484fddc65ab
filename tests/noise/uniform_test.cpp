#include "core/noise/uniform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/multiprecision/cpp_dec_float.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "core/base/errors.h"
#include "core/noise/cell_noise.h"
#include "core/noise/families.h"
#include "core/noise/uniform_quad.h"

namespace certify {
namespace {

using ::testing::HasSubstr;

/// Another arithmetic than the one under test: decimal, 50 digits.
using Decimal = boost::multiprecision::cpp_dec_float_50;

Noise uniform_noise(double sigma, std::size_t which = 0) { return {&kUniform[which], sigma}; }

NoiseTables tables_of(const Noise& noise) { return noise.family->tables(noise); }

/// s = 255 q λ
Decimal half_width(int q, double sigma) {
  return sqrt(Decimal(3)) * Decimal(255 * q) * Decimal(sigma);
}

/// P(K = k): the part of the cube's side that lies in the cell.
Decimal probability(int k, const Decimal& s) {
  const Decimal low = std::max(Decimal(k) - Decimal("0.5"), Decimal(-s));
  const Decimal high = std::min(Decimal(k) + Decimal("0.5"), s);
  return high > low ? Decimal((high - low) / (2 * s)) : Decimal(0);
}

std::vector<float> drawn(const NoisePath& path, const NoiseTables& tables, float x,
                         std::int64_t size, std::uint32_t sample) {
  const std::vector<float> image(static_cast<std::size_t>(size), x);
  std::vector<float> out(image.size());
  path.add(tables, image.data(), out.data(), size, {42, 7, Phase::kEstimation}, sample);
  return out;
}

TEST(UniformThresholds, AreTheDefinitionsInAnotherArithmetic) {
  for (std::size_t which = 0; which < std::size(kUniform); ++which) {
    for (const double sigma : {0.004, 0.12, 0.25, 0.5 / std::sqrt(3.0), 1.0}) {
      const int q = 1 << which;
      const Decimal s = half_width(q, sigma);
      const NoiseTables tables = tables_of(uniform_noise(sigma, which));
      const CellTable& t = tables.cells->table;
      EXPECT_EQ(t.lowest, -static_cast<int>(t.count / 2));
      EXPECT_EQ(probability(t.lowest - 1, s), 0) << "a cell is left out";
      EXPECT_GT(probability(t.lowest, s), 0);
      for (std::uint32_t i = 0; i < t.count; ++i) {
        const Decimal border = Decimal(t.lowest) + Decimal(i) + Decimal("0.5");
        const auto expected =
            static_cast<std::uint64_t>(ceil(ldexp(Decimal((border + s) / (2 * s)), 64)));
        ASSERT_EQ(t.thresholds[i], expected) << "sigma " << sigma << " border " << border;
      }
    }
  }
}

/// Where the cube ends next to a border, ⌈2⁶⁴ F⌉ is 2⁶⁴, which has no room in 64 bits.
TEST(UniformThresholds, EndBelowTheLargestWord) {
  for (const auto& [lambda, which] :
       {std::pair{99.5, 0}, {24.875, 2}, {6.21875, 4}, {0.7856617647058823, 4}}) {
    const NoiseTables tables =
        tables_of(uniform_noise(lambda / std::numbers::sqrt3, static_cast<std::size_t>(which)));
    const auto& t = tables.cells->thresholds;
    EXPECT_TRUE(std::ranges::is_sorted(t)) << lambda;
    EXPECT_GT(t.back(), 0xff00000000000000u) << lambda;
  }
}

TEST(UniformNoise, RefusesACubeWithinOneCell) {
  EXPECT_THROW(kUniform[0].check(uniform_noise(0.00113)), InputError);  // half a cell is 0.001132
  EXPECT_THROW(tables_of(uniform_noise(0.00113)), InputError);
  EXPECT_EQ(tables_of(uniform_noise(0.00114)).cells->table.count, 2u);
  EXPECT_NO_THROW(kUniform[1].check(uniform_noise(0.00113, 1)));
}

void expect_decided_by_thresholds(const CellTable& t, std::uint32_t word) {
  const float guess = cells::guess_cell<uniform::Guess>(t, word);
  const std::uint64_t first = std::uint64_t{word} << 32;
  const std::uint32_t at = cells::thresholds_up_to(t, first);
  ASSERT_EQ(cells::thresholds_near<uniform::Guess>(t, word), at) << word;
  if (guess == cells::kUnsure) return;
  ASSERT_EQ(static_cast<int>(guess), t.lowest + static_cast<int>(at)) << word;
  ASSERT_EQ(cells::thresholds_up_to(t, first | 0xffffffffu), at)
      << "the word alone does not decide " << word;
}

TEST(UniformDraw, IsTheNumberOfThresholdsUpToTheWord) {
  for (std::size_t which = 0; which < std::size(kUniform); ++which) {
    const NoiseTables tables = tables_of(uniform_noise(0.25, which));
    const CellTable& t = tables.cells->table;
    std::uint32_t looked_up = 0;
    for (std::uint32_t i = 0; i < 1'000'000; ++i) {
      const std::uint32_t word = i * 2654435761u;
      looked_up += cells::guess_cell<uniform::Guess>(t, word) == cells::kUnsure;
      expect_decided_by_thresholds(t, word);
    }
    EXPECT_LT(looked_up, 1'000'000u / 50);
    for (const std::uint32_t word : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xfffffffeu, 0xffffffffu}) {
      expect_decided_by_thresholds(t, word);
    }
    for (std::uint32_t i = 0; i < t.count; ++i) {  // where a float must not decide
      const auto word = static_cast<std::uint32_t>(t.thresholds[i] >> 32);
      for (const std::uint32_t near : {word - 1, word, word + 1}) {
        expect_decided_by_thresholds(t, near);
      }
    }
  }
}

TEST(UniformGuess, IsWithinHalfOfWhatIsAllowed) {
  double worst = 0;
  for (std::uint64_t word = 0; word <= 0xffffffffu; word += 61) {
    const double exact = std::sqrt(3.0) * (std::ldexp(static_cast<double>(word) + 0.5, -31) - 1);
    worst = std::max(worst, std::abs(exact - uniform::Guess::of(static_cast<std::uint32_t>(word))));
  }
  EXPECT_LT(worst, uniform::kGuessError / 2);
}

TEST(UniformDraw, IsTheSameOnEveryInstructionSetAndInTheKernelsCode) {
  for (const std::size_t which : {0u, 4u}) {
    const NoiseTables tables = tables_of(uniform_noise(0.5, which));
    std::vector<float> x(3073);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 256) / 255.0f;
    for (std::uint32_t sample = 0; sample < 200; ++sample) {
      const NoiseStream stream{0x123456789abcdefu + sample, sample * 7919u, Phase::kEstimation};
      const DeviceNoise noise{static_cast<std::uint32_t>(stream.seed),
                              static_cast<std::uint32_t>(stream.seed >> 32), 0, nullptr,
                              tables.cells->table};
      std::vector<float> kernel(x.size()), means(x.size());
      for (std::uint32_t q = 0; 4 * q < x.size(); ++q) {
        const philox::Block counter{q, sample, static_cast<std::uint32_t>(stream.phase),
                                    stream.image};
        const auto left = static_cast<std::uint32_t>(x.size()) - 4 * q;
        const Quad noisy = UniformQuads::add<false>(noise, counter, left,
                                                    read_quad<false>(x.data() + 4 * q, left));
        const Quad mean = UniformQuads::standard(noise, counter);
        for (std::uint32_t j = 0; j < 4 && j < left; ++j) {
          kernel[4 * q + j] = noisy.v[j];
          means[4 * q + j] = mean.v[j];
        }
      }
      for (const NoisePath& path : kUniform[which].paths()) {
        std::vector<float> found(x.size()), z(x.size());
        path.add(tables, x.data(), found.data(), 3073, stream, sample);
        path.standard(tables, z.data(), 3073, stream, sample);
        ASSERT_EQ(found, kernel) << path.name << " sample " << sample;
        ASSERT_EQ(z, means) << path.name << " sample " << sample;
      }
    }
  }
}

// A change of these would make stored runs unresumable without anyone noticing.
TEST(UniformDraw, CellsAreThoseOfVersionOne) {
  const NoiseTables tables = tables_of(uniform_noise(0.25));
  std::uint64_t hash = 1469598103934665603u;  // FNV-1a
  for (std::uint32_t sample = 0; sample < 16; ++sample) {
    for (const float y : drawn(kUniform[0].paths().back(), tables, 0, 3072, sample)) {
      const auto cell = static_cast<std::int64_t>(std::lround(double{y} * 255));
      hash = (hash ^ static_cast<std::uint64_t>(cell)) * 1099511628211u;
    }
  }
  EXPECT_EQ(kUniform[0].stream, "philox4x32-10/uniform-1-cdf64/hwc/v1");
  EXPECT_EQ(hash, 17798946298431277379u);
}

TEST(UniformDraw, HasTheProbabilitiesOfEveryCell) {
  for (const double sigma : {0.004, 0.12, 0.5}) {
    const NoiseTables tables = tables_of(uniform_noise(sigma));
    const CellTable& t = tables.cells->table;
    constexpr std::int64_t kSize = 1 << 16;
    constexpr std::uint32_t kSamples = 100;
    std::vector<std::int64_t> counts(t.count + 1);
    for (std::uint32_t sample = 0; sample < kSamples; ++sample) {
      for (const float y : drawn(kUniform[0].paths().front(), tables, 0, kSize, sample)) {
        ++counts.at(static_cast<std::size_t>(std::lround(double{y} * 255) - t.lowest));
      }
    }
    const Decimal s = half_width(1, sigma);
    double statistic = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const auto p = static_cast<double>(probability(t.lowest + static_cast<int>(i), s));
      const double expected = p * kSize * kSamples, seen = static_cast<double>(counts[i]);
      ASSERT_GT(expected, 10) << "the test needs more draws";
      statistic += (seen - expected) * (seen - expected) / expected;
    }
    const double p = cdf(complement(boost::math::chi_squared(t.count), statistic));
    EXPECT_GT(p, 0.001) << sigma;  // a fixed seed: no flakiness
    EXPECT_LT(p, 0.999) << sigma;
  }
}

TEST(UniformMeans, AreTheMiddlesOfWhatOfACellLiesInTheCube) {
  const double sigma = 0.12, spread = 255 * sigma, s = std::sqrt(3.0) * spread;
  const NoiseTables tables = tables_of(uniform_noise(sigma));
  const CellTable& t = tables.cells->table;
  double mean = 0, square = 0;
  for (int k = t.lowest; k <= -t.lowest; ++k) {
    const double low = std::max(k - 0.5, -s), high = std::min(k + 0.5, s);
    const double found = double{t.means[k - t.lowest]};
    ASSERT_NEAR(found, (low + high) / 2 / spread, 2e-7) << k;
    mean += found * (high - low) / (2 * s);
    square += found * found * (high - low) / (2 * s);
  }
  EXPECT_NEAR(mean, 0, 1e-7);
  EXPECT_NEAR(square, 1 - 1 / (12 * spread * spread), 1e-5);
}

TEST(UniformError, IsNotBelowTheExactDistance) {
  for (std::size_t which = 0; which < std::size(kUniform); ++which) {
    for (const double sigma : {0.0012, 0.004, 0.12, 2.0}) {
      const Decimal s = half_width(1 << which, sigma);
      const NoiseTables tables = tables_of(uniform_noise(sigma, which));
      const CellTable& t = tables.cells->table;
      Decimal distance = 0;
      for (std::uint32_t i = 0; i <= t.count; ++i) {
        const Decimal low = i == 0 ? Decimal(0) : Decimal(t.thresholds[i - 1]);
        const Decimal high = i == t.count ? ldexp(Decimal(1), 64) : Decimal(t.thresholds[i]);
        distance += abs(Decimal(ldexp(Decimal(high - low), -64) -
                                probability(t.lowest + static_cast<int>(i), s))) /
                    2;
      }
      const double stated = uniform_noise(sigma, which).total_variation(1);
      EXPECT_LT(distance, Decimal(stated)) << sigma;
      EXPECT_DOUBLE_EQ(uniform_noise(sigma, which).total_variation(3072), 3072 * stated);
    }
  }
}

/// In one dimension everything is known: the classifier "y > t" has the probability that the cube
/// above t has, and a move of the radius brings it to one half, no less.
TEST(UniformRadius, IsTightForAHalfLine) {
  for (const double sigma : {0.12, 0.25, 1.0}) {
    const Decimal lambda = sqrt(Decimal(3)) * Decimal(sigma);
    for (const double p : {0.5000001, 0.6, 0.9, 0.999, 1 - 1e-12, 1.0}) {
      const Decimal distance = (2 * Decimal(p) - 1) * lambda;  // from x to t
      const double radius = uniform_noise(sigma).majority_radius({p, 1 - p});
      EXPECT_LE(Decimal(radius), distance) << p;
      EXPECT_GE(Decimal(radius), distance * (1 - Decimal("1e-9")) - Decimal("1e-16")) << p;
    }
  }
}

TEST(UniformRadius, OfTwoBoundsIsThatOfTheirMargin) {
  const Noise noise = uniform_noise(0.5);
  const double lambda = 0.5 * std::sqrt(3.0);
  EXPECT_NEAR(noise.pair_radius({0.4, 0.6}, {0.1, 0.9}), lambda * 0.3, 1e-15);
  EXPECT_LT(noise.pair_radius({0.2, 0.8}, {0.3, 0.7}), 0);
  EXPECT_EQ(noise.majority_radius({0.5, 0.5}), 0);
  EXPECT_EQ(noise.majority_radius({0.3, 0.7}), 0);
  EXPECT_LE(Decimal(half_side_of(0.5)), sqrt(Decimal(3)) / 2);
}

TEST(UniformNoise, RefusesMapsAndASigmaOfTooManyCells) {
  const SigmaMap map = make_sigma_map({1, 1, 2}, {0.1, 0.2});
  try {
    kUniform[0].check({&kUniform[0], 0.1, &map});
    ADD_FAILURE();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("uniform noise goes with no map of sigma"));
  }
  EXPECT_NO_THROW(kUniform[0].check(uniform_noise(128)));
  EXPECT_THROW(kUniform[0].check(uniform_noise(129)), InputError);
  EXPECT_THROW(kUniform[4].check(uniform_noise(9, 4)), InputError);
}

}  // namespace
}  // namespace certify
