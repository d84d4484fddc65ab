#include "tests/sampling/cuda_twin.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/noise/gaussian.h"
#include "core/sampling/cuda/image_slots.h"
#include "tests/sampling/cuda_gradient_scene.h"

namespace certify {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Two images, and a batch that mixes them, both phases, and padding.
struct Scene {
  explicit Scene(std::uint32_t size, std::uint32_t channels) {
    for (std::uint32_t i = 0; i < 2 * size; ++i) {
      images.push_back(static_cast<float>((i * 37) % 256) / 255.0f);
    }
    rows = {{1, 7, 0, 0}, {0, 4000000000u, 1, 5},   {1, 7, 1, 4294967295u},
            {0, 9, 1, 2}, {1, 7, kPaddingRow, 123}, {0, 9, 0, 3}};
    task = {images.data(),
            rows.data(),
            nullptr,
            nullptr,
            static_cast<std::uint32_t>(rows.size()),
            size,
            channels,
            kNoise.family->device,
            {static_cast<std::uint32_t>(kSeed), static_cast<std::uint32_t>(kSeed >> 32),
             noise_scale(kNoise.sigma)}};
  }
  /// What the host's own path makes of a row.
  std::vector<float> host_row(std::size_t r) const {
    const NoiseRow& row = rows[r];
    const float* x = images.data() + std::size_t{row.slot} * task.size;
    std::vector<float> out(x, x + task.size);
    if (row.phase == kPaddingRow) return out;
    NoiseGenerator(kNoise).add(x, out.data(), task.size,
                               {kSeed, row.image, static_cast<Phase>(row.phase)}, row.sample);
    return out;
  }
  static constexpr std::uint64_t kSeed = 0x123456789abcdefull;
  static constexpr Noise kNoise = gaussian_noise(0.12);
  std::vector<float> images;
  std::vector<NoiseRow> rows;
  NoiseTask task{};
};

TEST(NoiseKernelTwin, GivesTheBitsOfTheHostForEverySizeOfImage) {
  for (const std::uint32_t size : {3072u, 784u, 75u, 5u, 3u, 2u}) {
    const Scene scene(size, 1);
    const auto found = twin_noise<float>(scene.task);
    for (std::size_t r = 0; r < scene.rows.size(); ++r) {
      const auto expected = scene.host_row(r);
      ASSERT_EQ(0, std::memcmp(expected.data(), &found[r * size], size * sizeof(float)))
          << size << " elements, row " << r;
    }
  }
}

TEST(NoiseKernelTwin, GivesTheBitsOfTheHostWithAScaleForEveryElement) {
  for (const std::uint32_t size : {3072u, 75u, 5u, 2u}) {
    Scene scene(size, 1);
    NoiseTables tables{0, std::vector<float>(size)};
    for (std::uint32_t i = 0; i < size; ++i) {
      tables.scales[i] = 0.01f * static_cast<float>(1 + i % 77);
    }
    scene.task.noise.scales = tables.scales.data();
    const auto found = twin_noise<float>(scene.task);
    for (std::size_t r = 0; r < scene.rows.size(); ++r) {
      const NoiseRow& row = scene.rows[r];
      if (row.phase == kPaddingRow) continue;
      std::vector<float> expected(size);
      kGaussian.paths().front().add(
          tables, scene.images.data() + std::size_t{row.slot} * size, expected.data(), size,
          {Scene::kSeed, row.image, static_cast<Phase>(row.phase)}, row.sample);
      ASSERT_EQ(0, std::memcmp(expected.data(), &found[r * size], size * sizeof(float)))
          << size << " elements, row " << r;
    }
  }
}

TEST(NoiseKernelTwin, NormalisesEachChannelAfterTheNoise) {
  for (const std::uint32_t size : {3072u, 75u}) {
    Scene scene(size, 3);
    const float mean[] = {0.4914f, 0.4822f, 0.4465f}, stddev[] = {0.2023f, 0.1994f, 0.2010f};
    scene.task.mean = mean;
    scene.task.stddev = stddev;
    const auto found = twin_noise<float>(scene.task);
    for (std::size_t r = 0; r < scene.rows.size(); ++r) {
      const auto noisy = scene.host_row(r);
      for (std::size_t i = 0; i < size; ++i) {
        ASSERT_EQ(found[r * size + i], (noisy[i] - mean[i % 3]) / stddev[i % 3]) << r << " " << i;
      }
    }
  }
}

TEST(NoiseKernelTwin, RoundsOnceToTheNetworksPrecision) {
  const Scene scene(75, 3);
  const auto exact = twin_noise<float>(scene.task);
  const auto half = twin_noise<Half>(scene.task);
  const auto brain = twin_noise<Bfloat16>(scene.task);
  for (std::size_t i = 0; i < exact.size(); ++i) {
    Half h;
    Bfloat16 b;
    from_float(exact[i], h);
    from_float(exact[i], b);
    ASSERT_EQ(half[i].bits, h.bits);
    ASSERT_EQ(brain[i].bits, b.bits);
  }
}

/// The value of a 16-bit pattern by the definition of the format; not for infinities and NaN.
double value_of(std::uint32_t bits, int exponent_bits, int mantissa_bits) {
  const auto mantissa = static_cast<double>(bits & ((1u << mantissa_bits) - 1));
  const auto exponent = static_cast<int>((bits >> mantissa_bits) & ((1u << exponent_bits) - 1));
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const double magnitude =
      exponent == 0 ? std::ldexp(mantissa, 1 - bias - mantissa_bits)
                    : std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
  return (bits & 0x8000u) != 0 ? -magnitude : magnitude;
}

template <class T>
std::uint32_t rounded(double value) {
  T out;
  from_float(static_cast<float>(value), out);
  return out.bits;
}

/// Every finite number of the format, and the points where rounding changes its mind: half way to
/// the next, one float below and one above. Infinity takes the place of the next power of two.
template <class T>
void check_rounding(int exponent_bits, int mantissa_bits) {
  const std::uint32_t infinity = ((1u << exponent_bits) - 1) << mantissa_bits;
  for (std::uint32_t bits = 0; bits < infinity; ++bits) {
    const double here = value_of(bits, exponent_bits, mantissa_bits);
    const double next = value_of(bits + 1, exponent_bits, mantissa_bits);
    ASSERT_EQ(static_cast<double>(to_float(T{static_cast<std::uint16_t>(bits)})), here) << bits;
    ASSERT_EQ(rounded<T>(here), bits);
    ASSERT_EQ(rounded<T>(-here), bits | 0x8000u);
    const auto middle = static_cast<float>(here / 2 + next / 2);
    ASSERT_EQ(static_cast<double>(middle), here / 2 + next / 2) << "a float holds it exactly";
    ASSERT_EQ(rounded<T>(middle), bits % 2 == 0 ? bits : bits + 1) << bits;
    ASSERT_EQ(rounded<T>(std::nextafter(middle, 0.0f)), bits) << bits;
    ASSERT_EQ(rounded<T>(std::nextafter(middle, kInfinity)), bits + 1) << bits;
  }
  EXPECT_EQ(rounded<T>(kInfinity), infinity);
  EXPECT_EQ(rounded<T>(-kInfinity), infinity | 0x8000u);
  EXPECT_EQ(to_float(T{static_cast<std::uint16_t>(infinity)}), kInfinity);
  EXPECT_EQ(rounded<T>(std::nan("")), 0x7fffu);  // as the device's instruction writes it
  EXPECT_TRUE(std::isnan(to_float(T{0x7fff})));
}

TEST(Half, RoundsToTheNearestTiesToEvenSubnormalsIncluded) { check_rounding<Half>(5, 10); }

TEST(Half, BecomesInfiniteWhereTheNearestWouldBeThePowerBeyond) {
  EXPECT_EQ(rounded<Half>(65519.996), 0x7bffu);
  EXPECT_EQ(rounded<Half>(65520), 0x7c00u);
  EXPECT_EQ(rounded<Half>(1e30), 0x7c00u);
}

TEST(Bfloat16, RoundsToTheNearestTiesToEvenSubnormalsIncluded) { check_rounding<Bfloat16>(8, 7); }

/// The definition of a vote, in the plainest words.
std::int32_t plain_vote(const std::vector<float>& row) {
  for (const float logit : row) {
    if (!std::isfinite(logit)) return -1;
  }
  return static_cast<std::int32_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

/// Rows of few distinct values, so that ties are the rule, and now and then one that is not finite.
std::vector<float> rows_with_ties(std::int32_t classes, int rows) {
  std::vector<float> logits;
  std::uint32_t state = 1;
  for (int i = 0; i < rows * classes; ++i) {
    state = state * 1664525u + 1013904223u;
    logits.push_back(static_cast<float>(static_cast<int>(state >> 28) - 8) / 4);
    if (state >> 16 == 77) logits.back() = kInfinity;
    if (state >> 16 == 78) logits.back() = -kInfinity;
    if (state >> 16 == 79) logits.back() = std::nanf("");
  }
  return logits;
}

template <class T>
void check_votes(std::int32_t classes) {
  constexpr int kRows = 200;
  const auto logits = rows_with_ties(classes, kRows);
  std::vector<T> converted(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i) from_float(logits[i], converted[i]);
  const auto votes = twin_votes(converted, classes);
  ASSERT_EQ(votes.size(), std::size_t{kRows});
  for (int r = 0; r < kRows; ++r) {
    const auto first = logits.begin() + std::ptrdiff_t{r} * classes;
    ASSERT_EQ(votes[static_cast<std::size_t>(r)], plain_vote({first, first + classes}))
        << classes << " classes, row " << r;
  }
}

TEST(VoteKernelTwin, VotesForTheLargestLogitAndTheLowestClassOnATie) {
  for (const std::int32_t classes : {2, 10, 31, 32, 33, 64, 100, 1000, 1025}) {
    check_votes<float>(classes);
    check_votes<Half>(classes);
    check_votes<Bfloat16>(classes);
  }
}

TEST(VoteKernelTwin, TakesZerosOfBothSignsForEqual) {
  EXPECT_EQ(twin_votes<float>({-0.0f, 0.0f, 0.0f, -0.0f}, 2), (std::vector<std::int32_t>{0, 0}));
}

TEST(VoteKernelTwin, VotesForNobodyWhereALogitIsNotFinite) {
  const float nan = std::nanf("");
  EXPECT_EQ(twin_votes<float>({1, nan, kInfinity, 0, 0, -kInfinity, nan, nan}, 2),
            (std::vector<std::int32_t>{-1, -1, -1, -1}));
}

TEST(GradientKernelTwin, AddsUpWhatTheHostAddsUpForEverySizeOfImage) {
  for (const std::uint32_t size : {3072u, 75u, 5u, 2u}) {
    const GradientScene scene(size);
    const auto sums = twin_gradient(scene.task, scene.votes, gradient_table(scene.runs),
                                    GradientScene::kTestedRuns);
    EXPECT_EQ(gradients_of(scene.runs, sums.data(), size), scene.on_host()) << size;
  }
}

TEST(GradientTable, CoversTheRowsOfTestedRunsOnceInShortPieces) {
  const GradientScene scene(4);
  std::vector<int> seen(256, -1);
  for (const GradientRows& rows : gradient_table(scene.runs)) {
    ASSERT_GE(rows.rows, 1u);
    ASSERT_LE(rows.rows, kGradientRows);
    for (std::uint32_t r = rows.first_row; r < rows.first_row + rows.rows; ++r) {
      EXPECT_EQ(seen[r], -1) << r;
      seen[r] = rows.tested;
    }
  }
  std::size_t r = 0;
  for (const RowRun& run : scene.runs) {
    for (int i = 0; i < run.rows; ++i, ++r) EXPECT_EQ(seen[r], run.tested) << r;
  }
}

TEST(ImageSlots, HoldsWhatWasUsedLast) {
  ImageSlots slots(2);
  EXPECT_TRUE(slots.use(10).upload);
  EXPECT_TRUE(slots.use(11).upload);
  EXPECT_FALSE(slots.use(10).upload);
  const auto third = slots.use(12);  // in the place of 11
  EXPECT_TRUE(third.upload);
  EXPECT_FALSE(slots.use(10).upload);
  EXPECT_NE(slots.use(10).slot, third.slot);
  EXPECT_TRUE(slots.use(11).upload);
}

TEST(FillRowTable, NumbersSamplesAndPadsWithTheFirstImage) {
  const std::vector<float> a, b;
  ImageSlots slots(8);
  slots.use(99);
  std::vector<NoiseRow> rows(6);
  const auto uploads = fill_row_table(
      {{{5, &a, Phase::kSelection, 7, 2}, {6, &b, Phase::kEstimation, 0, 1}, {5, &a, {}, 9, 1}}},
      slots, rows.data(), 6);
  ASSERT_EQ(uploads.size(), 2u);
  EXPECT_EQ(uploads[0].slot, 1u);
  EXPECT_EQ(uploads[0].pixels, &a);
  EXPECT_EQ(uploads[1].pixels, &b);
  const std::uint32_t expected[6][4] = {{1, 5, 0, 7},           {1, 5, 0, 8},
                                        {2, 6, 1, 0},           {1, 5, 0, 9},
                                        {1, 5, kPaddingRow, 0}, {1, 5, kPaddingRow, 0}};
  for (std::size_t r = 0; r < 6; ++r) {
    EXPECT_EQ(rows[r].slot, expected[r][0]) << r;
    EXPECT_EQ(rows[r].image, expected[r][1]) << r;
    EXPECT_EQ(rows[r].phase, expected[r][2]) << r;
    EXPECT_EQ(rows[r].sample, expected[r][3]) << r;
  }
}

TEST(FillRowTable, NeverEvictsAnImageThatTheSameBatchNeeds) {
  const std::vector<float> x;
  ImageSlots slots(4);
  for (std::uint32_t start = 0; start < 50; ++start) {
    RowBatch batch;
    for (std::uint32_t i = 0; i < 4; ++i) {
      batch.runs.push_back({(start * 3 + i * i) % 11, &x, Phase::kEstimation, 0, 1});
    }
    std::vector<NoiseRow> rows(4);
    fill_row_table(batch, slots, rows.data(), 4);
    for (const auto& one : rows) {
      for (const auto& other : rows) EXPECT_EQ(one.slot == other.slot, one.image == other.image);
    }
  }
}

TEST(FillRowTable, RefusesWhatDoesNotFit) {
  const std::vector<float> x;
  ImageSlots slots(4);
  std::vector<NoiseRow> rows(4);
  const auto fill = [&](const RowBatch& batch) { fill_row_table(batch, slots, rows.data(), 4); };
  EXPECT_THROW(fill({}), std::invalid_argument);
  EXPECT_THROW(fill({{{1, &x, {}, 0, 0}}}), std::invalid_argument);
  EXPECT_THROW(fill({{{1, &x, {}, 0, 3}, {2, &x, {}, 0, 2}}}), std::invalid_argument);
}

}  // namespace
}  // namespace certify
