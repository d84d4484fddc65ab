#include "core/noise/lattice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/multiprecision/cpp_dec_float.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numbers>
#include <vector>

#include "core/base/errors.h"
#include "core/base/parallel.h"
#include "core/noise/families.h"
#include "core/noise/lattice_quad.h"

namespace certify {
namespace {

using ::testing::HasSubstr;

/// Another arithmetic than the one under test: decimal, 50 digits.
using Decimal = boost::multiprecision::cpp_dec_float_50;

Decimal phi(const Decimal& x) { return boost::math::erfc(-x / sqrt(Decimal(2))) / 2; }

Noise lattice(double sigma, std::size_t which = 0) { return {&kLattice[which], sigma}; }

const CellTable& table_of(const NoiseTables& tables) { return tables.cells->table; }

/// ⌈2⁶⁴ Φ((k - ½)/(255 q σ))⌉ of its definition.
std::uint64_t threshold(int k, int q, double sigma) {
  const Decimal x = (Decimal(k) - Decimal("0.5")) / (Decimal(255 * q) * Decimal(sigma));
  return static_cast<std::uint64_t>(ceil(ldexp(phi(x), 64)));
}

std::vector<float> drawn(const NoisePath& path, const NoiseTables& tables, float x,
                         std::int64_t size, std::uint32_t sample) {
  const std::vector<float> image(static_cast<std::size_t>(size), x);
  std::vector<float> out(image.size());
  path.add(tables, image.data(), out.data(), size, {42, 7, Phase::kEstimation}, sample);
  return out;
}

TEST(LatticeThresholds, AreTheDefinitionsInAnotherArithmetic) {
  for (const double sigma : {0.12, 0.25, 1.0}) {
    const NoiseTables tables = lattice(sigma).family->tables(lattice(sigma));
    const CellTable& t = table_of(tables);
    for (std::uint32_t i = 0; i < t.count; i += i < 20 || i + 20 > t.count ? 1 : 7) {
      const int k = t.lowest + 1 + static_cast<int>(i);
      ASSERT_EQ(t.thresholds[i], threshold(k, 1, sigma)) << "sigma " << sigma << " k " << k;
    }
  }
  const NoiseTables fine = kLattice[4].tables(lattice(0.12, 4));
  for (const std::uint32_t i : {0u, 100u, fine.cells->table.count - 1}) {
    const int k = fine.cells->table.lowest + 1 + static_cast<int>(i);
    EXPECT_EQ(fine.cells->table.thresholds[i], threshold(k, 16, 0.12));
  }
}

TEST(LatticeThresholds, RiseAndEndWhereATailHasNo64thBit) {
  const NoiseTables tables = kLattice[0].tables(lattice(0.12));
  const CellTable& t = table_of(tables);
  EXPECT_TRUE(std::is_sorted(t.thresholds, t.thresholds + t.count));
  EXPECT_EQ(t.lowest, -static_cast<int>(t.count / 2));
  const double beyond = (-t.lowest + 0.5) / (255 * 0.12);  // the border that is left out
  EXPECT_LT(std::ldexp(0.5 * std::erfc(beyond / std::numbers::sqrt2), 64), 1);
  EXPECT_LE(t.count + 2.0, lattice_error_units(255 * 0.12));
}

TEST(LatticeThresholds, AreNoneWhereAllNoiseIsInOneCell) {
  const NoiseTables tables = kLattice[0].tables(lattice(1e-5));
  EXPECT_EQ(table_of(tables).count, 0u);
  EXPECT_THAT(drawn(kLattice[0].paths().front(), tables, 0.2f, 64, 0), ::testing::Each(0.2f));
}

// The claim on which the guess rests, for every 97th word and all near the ends. On demand for each
// of the 2³² words: LatticeGuess.DISABLED_…
float worst_guess(std::uint64_t first, std::uint64_t step) {
  constexpr std::int64_t kBlock = 1 << 20;
  const auto blocks = static_cast<std::size_t>(((std::uint64_t{1} << 32) - first) / step / kBlock);
  std::vector<double> worst(blocks + 1);
  for_each_on_all_cores(blocks + 1, 1, [&](std::size_t b) {
    for (std::int64_t i = 0; i < kBlock; ++i) {
      const std::uint64_t word = first + (b * kBlock + static_cast<std::uint64_t>(i)) * step;
      if (word > 0xffffffffu) return;
      const auto w = static_cast<std::uint32_t>(word);
      if (lattice::words_from_end(w) < lattice::kTailWords) continue;
      // Φ(guess) against the word by Newton's step, whose own error is quadratically small.
      const double z = double{lattice::guess(w)};
      const double tail = 0.5 * std::erfc(std::abs(z) / std::numbers::sqrt2);
      const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
      const double p = (lattice::words_from_end(w) + 0.5) * 0x1p-32;
      worst[b] = std::max(worst[b], std::abs(tail - p) / density);
    }
  });
  return static_cast<float>(*std::ranges::max_element(worst));
}

TEST(LatticeGuess, IsWithinHalfOfWhatIsAllowed) {
  EXPECT_LT(worst_guess(0, 97), lattice::kGuessError / 2);
}

TEST(LatticeGuess, DISABLED_IsWithinHalfOfWhatIsAllowedOnEveryWord) {
  EXPECT_LT(worst_guess(0, 1), lattice::kGuessError / 2);
}

TEST(LatticeDraw, IsTheNumberOfThresholdsUpToTheWord) {
  for (std::size_t which = 0; which < std::size(kLattice); ++which) {
    const NoiseTables tables = kLattice[which].tables(lattice(0.25, which));
    const CellTable& t = table_of(tables);
    std::uint32_t looked_up = 0;
    for (std::uint32_t i = 0; i < 3'000'000; ++i) {
      const std::uint32_t word = i * 2654435761u;  // an odd multiple: as many words as steps
      const float guess = cells::guess_cell<lattice::Guess>(t, word);
      if (guess == cells::kUnsure) {
        ++looked_up;
        continue;
      }
      const auto at = static_cast<int>(cells::thresholds_up_to(t, std::uint64_t{word} << 32));
      ASSERT_EQ(static_cast<int>(guess), t.lowest + at) << word;
      ASSERT_EQ(cells::thresholds_up_to(t, (std::uint64_t{word} << 32) | 0xffffffffu),
                static_cast<std::uint32_t>(at))
          << "the word alone does not decide " << word;
    }
    EXPECT_LT(looked_up, 3'000'000u / 50);
  }
}

/// The words on either side of each threshold, where a float must not decide.
TEST(LatticeDraw, IsRightAtTheBorderOfEveryCell) {
  for (const std::size_t which : {0u, 2u}) {
    const NoiseTables tables = kLattice[which].tables(lattice(0.12, which));
    const CellTable& t = table_of(tables);
    for (std::uint32_t i = 0; i < t.count; ++i) {
      const auto word = static_cast<std::uint32_t>(t.thresholds[i] >> 32);
      for (const std::uint32_t near : {word - 1, word, word + 1}) {
        const float guess = cells::guess_cell<lattice::Guess>(t, near);
        if (guess == cells::kUnsure) continue;
        const std::uint64_t first = std::uint64_t{near} << 32;
        const auto at = static_cast<int>(cells::thresholds_up_to(t, first));
        ASSERT_EQ(cells::thresholds_up_to(t, first | 0xffffffffu), static_cast<unsigned>(at));
        ASSERT_EQ(static_cast<int>(guess), t.lowest + at) << "threshold " << i;
      }
    }
  }
}

TEST(LatticeDraw, TakesASecondWordWhereAThresholdCutsTheFirst) {
  const NoiseTables tables = kLattice[0].tables(lattice(0.12));
  const CellTable& t = table_of(tables);
  const philox::Block counter{3, 4, 1, 5};
  philox::Block second = counter;
  second.x2 |= 0x80000000u;
  const philox::Block more = philox::philox4x32_10(second, 8, 9);
  const std::uint32_t words[] = {more.x0, more.x1, more.x2, more.x3};
  int below = 0, above = 0;
  for (std::uint32_t i = 0; i < t.count; ++i) {
    const auto word = static_cast<std::uint32_t>(t.thresholds[i] >> 32);
    const std::uint32_t found =
        cells::look_up<lattice::Guess>(t, word, counter, 8, 9, static_cast<int>(i % 4));
    const std::uint64_t whole = (std::uint64_t{word} << 32) | words[i % 4];
    ASSERT_EQ(found, cells::thresholds_up_to(t, whole));
    (whole < t.thresholds[i] ? below : above) += 1;
  }
  EXPECT_GT(below, 50);
  EXPECT_GT(above, 50);
}

TEST(LatticeDraw, IsTheSameOnEveryInstructionSetAndInTheKernelsCode) {
  for (const std::size_t which : {0u, 4u}) {
    const NoiseTables tables = kLattice[which].tables(lattice(0.5, which));
    std::vector<float> x(3073);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 256) / 255.0f;
    for (std::uint32_t sample = 0; sample < 200; ++sample) {
      const NoiseStream stream{0x123456789abcdefu + sample, sample * 7919u, Phase::kEstimation};
      const DeviceNoise noise{static_cast<std::uint32_t>(stream.seed),
                              static_cast<std::uint32_t>(stream.seed >> 32), 0, nullptr,
                              table_of(tables)};
      std::vector<float> kernel(x.size()), means(x.size());
      for (std::uint32_t q = 0; 4 * q < x.size(); ++q) {
        const philox::Block counter{q, sample, static_cast<std::uint32_t>(stream.phase),
                                    stream.image};
        const auto left = static_cast<std::uint32_t>(x.size()) - 4 * q;
        const Quad given = read_quad<false>(x.data() + 4 * q, left);
        const Quad noisy = LatticeQuads::add<false>(noise, counter, left, given);
        const Quad mean = LatticeQuads::standard(noise, counter);
        for (std::uint32_t j = 0; j < 4 && j < left; ++j) {
          kernel[4 * q + j] = noisy.v[j];
          means[4 * q + j] = mean.v[j];
        }
      }
      for (const NoisePath& path : kLattice[which].paths()) {
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
TEST(LatticeDraw, CellsAreThoseOfVersionOne) {
  const NoiseTables tables = kLattice[0].tables(lattice(0.25));
  std::uint64_t hash = 1469598103934665603u;  // FNV-1a
  for (std::uint32_t sample = 0; sample < 16; ++sample) {
    for (const float y : drawn(kLattice[0].paths().back(), tables, 0, 3072, sample)) {
      const auto cell = static_cast<std::int64_t>(std::lround(double{y} * 255));
      hash = (hash ^ static_cast<std::uint64_t>(cell)) * 1099511628211u;
    }
  }
  EXPECT_EQ(kLattice[0].stream, "philox4x32-10/lattice-1-cdf64/hwc/v1");
  EXPECT_EQ(hash, 4267491905082459595u);
}

TEST(LatticeDraw, AnElementDoesNotDependOnHowManyFollow) {
  const NoiseTables tables = kLattice[0].tables(lattice(0.25));
  for (const NoisePath& path : kLattice[0].paths()) {
    const auto all = drawn(path, tables, 0.4f, 3072, 5);
    for (const std::int64_t size : {1, 3, 127, 128, 129, 784, 3071}) {
      const auto part = drawn(path, tables, 0.4f, size, 5);
      ASSERT_TRUE(std::equal(part.begin(), part.end(), all.begin())) << path.name << " " << size;
    }
  }
}

TEST(LatticeValues, AreTheNearestFloatsToCellsOnEveryInstructionSet) {
  for (std::size_t which = 0; which < std::size(kLattice); ++which) {
    const float per_unit = 255.0f * static_cast<float>(1 << which);
    const NoiseTables tables = kLattice[which].tables(lattice(1e-6, which));  // no noise at all
    std::vector<float> cells, values;
    for (int cell = -(1 << 20); cell <= (1 << 20); cell += 3) {
      values.push_back(static_cast<float>(cell) / per_unit);
    }
    for (const NoisePath& path : kLattice[which].paths()) {
      std::vector<float> found(values.size());
      path.add(tables, values.data(), found.data(), static_cast<std::int64_t>(values.size()), {},
               0);
      ASSERT_EQ(found, values) << path.name;
    }
  }
}

/// χ² of counts of K against its exact probabilities, cells of fewer than 10 expected joined.
double chi_squared_p(double sigma, std::int64_t draws) {
  const NoiseTables tables = kLattice[0].tables(lattice(sigma));
  const CellTable& t = table_of(tables);
  constexpr std::int64_t kSize = 1 << 16;
  const auto samples = static_cast<std::size_t>(draws / kSize);
  std::vector<std::vector<std::int64_t>> of_thread(64, std::vector<std::int64_t>(t.count + 1));
  for_each_on_all_cores(of_thread.size(), 1, [&](std::size_t part) {
    for (std::size_t s = part; s < samples; s += of_thread.size()) {
      for (const float y :
           drawn(kLattice[0].paths().front(), tables, 0, kSize, static_cast<std::uint32_t>(s))) {
        ++of_thread[part][static_cast<std::size_t>(std::lround(double{y} * 255) - t.lowest)];
      }
    }
  });
  const auto n = static_cast<double>(samples) * kSize;
  double statistic = 0, expected = 0, seen = 0, left = n;
  int cells = 0;
  const double spread = 255 * sigma;
  for (std::uint32_t i = 0; i <= t.count; ++i) {
    const double k = t.lowest + static_cast<double>(i);
    // Each from its nearer tail, so that the smallest keep their digits.
    const double a = std::abs(k) - 0.5, b = std::abs(k) + 0.5;
    const double root = spread * std::numbers::sqrt2;
    const double p =
        k == 0 ? std::erf(0.5 / root) : 0.5 * (std::erfc(a / root) - std::erfc(b / root));
    expected += n * p;
    for (const auto& counts : of_thread) seen += static_cast<double>(counts[i]);
    const bool last = i == t.count;
    if ((expected < 10 || left - expected < 10) && !last) continue;
    statistic += (seen - expected) * (seen - expected) / std::max(expected, 1e-300);
    left -= expected;
    expected = seen = 0;
    ++cells;
  }
  return cdf(complement(boost::math::chi_squared(cells - 1), statistic));
}

TEST(LatticeDraw, HasTheProbabilitiesOfEveryCell) {
  for (const double sigma : {0.02, 0.12, 0.5}) {
    const double p = chi_squared_p(sigma, 10'000'000);  // a fixed seed: no flakiness
    EXPECT_GT(p, 0.001) << sigma;
    EXPECT_LT(p, 0.999) << sigma;
  }
}

TEST(LatticeDraw, DISABLED_HasTheProbabilitiesOfEveryCellInABillionDraws) {
  for (const double sigma : {0.02, 0.12, 0.25, 1.0}) {
    const double p = chi_squared_p(sigma, 1'000'000'000);
    EXPECT_GT(p, 0.001) << sigma;
    EXPECT_LT(p, 0.999) << sigma;
    RecordProperty("p", std::to_string(p));
  }
}

TEST(LatticeMeans, AreThoseOfTheNoiseWithinItsCell) {
  const double sigma = 0.12, spread = 255 * sigma;
  const NoiseTables tables = kLattice[0].tables(lattice(sigma));
  const CellTable& t = table_of(tables);
  double mean = 0, square = 0;
  for (int k = -250; k <= 250; ++k) {
    const double found = double{t.means[k - t.lowest]};
    // Simpson's rule over the cell.
    double weight = 0, moment = 0;
    constexpr int kParts = 64;
    for (int i = 0; i <= kParts; ++i) {
      const double z = (k - 0.5 + static_cast<double>(i) / kParts) / spread;
      const double w = (i == 0 || i == kParts ? 1 : i % 2 == 1 ? 4 : 2) * std::exp(-z * z / 2);
      weight += w;
      moment += w * z;
    }
    ASSERT_NEAR(found, moment / weight, 2e-7 * std::max(1.0, std::abs(found))) << k;
    const double p = weight / (3.0 * kParts * spread) / std::sqrt(2 * std::numbers::pi);
    mean += p * found;
    square += p * found * found;
  }
  EXPECT_NEAR(mean, 0, 1e-12);
  EXPECT_LT(square, 1);  // conditional means shrink
  EXPECT_NEAR(square, 1 - 1 / (12 * spread * spread), 2e-6);
}

TEST(LatticeError, IsALittleMoreThanOneInTwoToThe64ForEachCellOfEveryElement) {
  const Noise noise = lattice(0.25);
  const double one = noise.total_variation(1);
  const auto tables = kLattice[0].tables(noise);
  EXPECT_GE(one, std::ldexp(table_of(tables).count + 2.0, -64));
  EXPECT_LE(one, std::ldexp(table_of(tables).count + 8.0, -64));
  EXPECT_DOUBLE_EQ(noise.total_variation(3072), 3072 * one);
  // ImageNet at n = 1e5, as docs/floating-point.md says.
  EXPECT_LT(noise.total_variation(3 * 224 * 224) * 100'100, 1e-6);
  EXPECT_EQ(gaussian_noise(0.25).total_variation(3072), 0);
}

TEST(LatticeError, IsNotBelowTheExactDistance) {
  for (const double sigma : {0.004, 0.12}) {
    const auto tables = kLattice[0].tables(lattice(sigma));
    const CellTable& t = table_of(tables);
    Decimal distance = 0;
    for (std::uint32_t i = 0; i <= t.count; ++i) {
      const Decimal low = i == 0 ? Decimal(0) : Decimal(t.thresholds[i - 1]);
      const Decimal high = i == t.count ? ldexp(Decimal(1), 64) : Decimal(t.thresholds[i]);
      const Decimal scale = Decimal(255) * Decimal(sigma);
      const int k = t.lowest + static_cast<int>(i);
      const Decimal exact =
          phi((Decimal(k) + Decimal("0.5")) / scale) - phi((Decimal(k) - Decimal("0.5")) / scale);
      distance += abs(ldexp(high - low, -64) - exact) / 2;
    }
    distance += phi((Decimal(t.lowest) - Decimal("0.5")) / (Decimal(255) * Decimal(sigma)));
    EXPECT_LT(distance, Decimal(lattice(sigma).total_variation(1))) << sigma;
  }
}

TEST(LatticeNoise, RefusesMapsAndASigmaOfTooManyCells) {
  const SigmaMap map = make_sigma_map({1, 1, 2}, {0.1, 0.2});
  try {
    kLattice[0].check({&kLattice[0], 0.1, &map});
    ADD_FAILURE();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no map of sigma"));
  }
  EXPECT_NO_THROW(kLattice[0].check(lattice(128)));
  EXPECT_THROW(kLattice[0].check(lattice(129)), InputError);
  EXPECT_THROW(kLattice[4].check(lattice(9, 4)), InputError);
}

TEST(LatticeNoise, ProvesTheRadiiOfGaussianNoise) {
  const LowerBound top = LowerBound::from_p(0.9);
  EXPECT_EQ(lattice(0.25).majority_radius(top), gaussian_noise(0.25).majority_radius(top));
  EXPECT_EQ(lattice(0.25).pair_radius(top, {0.05, 0.95}),
            gaussian_noise(0.25).pair_radius(top, {0.05, 0.95}));
}

}  // namespace
}  // namespace certify
