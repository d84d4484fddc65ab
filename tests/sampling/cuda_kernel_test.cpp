// The kernels on a real GPU against the host, bit by bit. Skipped, with the reason, where there is
// none.

#include "core/sampling/cuda/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <optional>

#include "core/noise/families.h"
#include "tests/sampling/cuda_gradient_scene.h"
#include "tests/sampling/cuda_twin.h"
#include "tests/sampling/elementwise_kernels.h"

namespace certify {
namespace {

class CudaKernels : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = no_gpu(); !why.empty()) GTEST_SKIP() << why;
  }
};

template <class T>
constexpr Element kElement = Element::kFloat32;
template <>
constexpr Element kElement<Half> = Element::kFloat16;
template <>
constexpr Element kElement<Bfloat16> = Element::kBfloat16;

/// Words of both ends of the range, around every power of two, and a million others.
std::vector<std::uint32_t> telling_words() {
  std::vector<std::uint32_t> words;
  for (std::uint32_t i = 0; i < 1000; ++i) words.insert(words.end(), {i, 7 * i, ~i, i});
  for (int bit = 0; bit < 32; ++bit) {
    for (std::uint32_t i = 0; i < 16; ++i) {
      const std::uint32_t word = (std::uint32_t{1} << bit) + i - 8;
      words.insert(words.end(), {word, ~word, ~word, word, word, word});
    }
  }
  std::uint32_t state = 1;
  for (int i = 0; i < 1 << 20; ++i) {
    state = state * 1664525u + 1013904223u;
    words.push_back(state ^ (state >> 15));
  }
  return words;
}

TEST_F(CudaKernels, BoxMullerGivesTheBitsOfTheHostTailIncluded) {
  const auto words = telling_words();
  const auto found = box_muller_on_gpu(words);
  float largest = 0;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const auto expected = philox::box_muller(words[i], words[i + 1]);
    ASSERT_EQ(philox::as_bits(found[i]), philox::as_bits(expected.first)) << words[i];
    ASSERT_EQ(philox::as_bits(found[i + 1]), philox::as_bits(expected.second)) << words[i];
    largest = std::max(largest, std::abs(found[i]));
  }
  EXPECT_GT(largest, 6.6f);
}

TEST_F(CudaKernels, RoundTo16BitsAsTheHostDoes) {
  auto bits = telling_words();  // every kind of float: subnormal, infinite, NaN
  for (std::uint32_t high = 0; high < 0x10000u; ++high) {
    for (const std::uint32_t low : {0u, 0x7fffu, 0x8000u, 0x8001u, 0x0fffu, 0x1000u, 0x1001u}) {
      bits.push_back(high << 16 | low);
    }
  }
  const auto halves = halves_on_gpu(bits), brains = bfloat16s_on_gpu(bits);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    Half half;
    Bfloat16 brain;
    from_float(philox::as_float(bits[i]), half);
    from_float(philox::as_float(bits[i]), brain);
    ASSERT_EQ(halves[i], half.bits) << std::hex << bits[i];
    ASSERT_EQ(brains[i], brain.bits) << std::hex << bits[i];
  }
}

/// A batch of three images, both phases and padding, on host and GPU.
/// @param family  of exact noise; null: Gaussian
template <class T>
void check_noise(std::uint32_t size, std::uint32_t rows, bool normalise, bool scale_each = false,
                 const NoiseFamily* family = nullptr, double sigma = 0) {
  std::vector<float> images(3 * size);
  for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<float>(i % 256) / 255.0f;
  std::vector<NoiseRow> table;
  for (std::uint32_t r = 0; r < rows; ++r) {
    table.push_back({r % 3, 1000 * (r % 3), r % 7 == 0 ? kPaddingRow : r % 2, 4294967000u + r});
  }
  const std::vector<float> mean{0.4914f, 0.4822f, 0.4465f}, stddev{0.2023f, 0.1994f, 0.2010f};
  NoiseTask task{images.data(),
                 table.data(),
                 normalise ? mean.data() : nullptr,
                 normalise ? stddev.data() : nullptr,
                 rows,
                 size,
                 3,
                 DeviceFamily::kGaussianQuads,
                 {123, 456, noise_scale(0.25)}};
  std::vector<float> scales(size);
  for (std::uint32_t i = 0; i < size; ++i) scales[i] = 0.01f * static_cast<float>(1 + i % 77);
  if (scale_each) task.noise.scales = scales.data();
  NoiseTables tables;
  if (family != nullptr) {
    tables = family->tables({family, sigma});
    task.family = family->device;
    task.noise.cells = tables.cells->table;
  }
  const auto expected = twin_noise<T>(task);

  const GpuBuffer images_there(images.data(), images.size() * sizeof(float));
  const GpuBuffer rows_there(table.data(), table.size() * sizeof(NoiseRow));
  const GpuBuffer mean_there(mean.data(), sizeof(float) * 3);
  const GpuBuffer stddev_there(stddev.data(), sizeof(float) * 3);
  const GpuBuffer scales_there(scales.data(), scales.size() * sizeof(float));
  const GpuBuffer out(expected.size() * sizeof(T));
  if (scale_each) task.noise.scales = static_cast<const float*>(scales_there.data());
  std::optional<GpuBuffer> thresholds_there;
  if (family != nullptr && !tables.cells->thresholds.empty()) {
    thresholds_there.emplace(tables.cells->thresholds.data(),
                             tables.cells->thresholds.size() * sizeof(std::uint64_t));
    task.noise.cells.thresholds = static_cast<const std::uint64_t*>(thresholds_there->data());
    task.noise.cells.means = nullptr;
  }
  task.images = static_cast<const float*>(images_there.data());
  task.rows = static_cast<const NoiseRow*>(rows_there.data());
  if (normalise) {
    task.mean = static_cast<const float*>(mean_there.data());
    task.stddev = static_cast<const float*>(stddev_there.data());
  }
  launch_noise(task, kElement<T>, out.data(), nullptr);
  std::vector<T> found(expected.size());
  out.copy_out(found.data());
  ASSERT_EQ(0, std::memcmp(found.data(), expected.data(), found.size() * sizeof(T)))
      << size << " elements, normalised: " << normalise;
}

TEST_F(CudaKernels, NoiseWithAScaleForEveryElementHasTheBitsOfItsTwin) {
  for (const std::uint32_t size : {3072u, 75u, 2u}) {
    check_noise<float>(size, 400, false, true);
    check_noise<Half>(size, 400, true, true);
    check_noise<Bfloat16>(size, 400, false, true);
  }
}

TEST_F(CudaKernels, ExactNoiseHasTheBitsOfItsTwin) {
  const double sigma = 102 / 510.0 / std::numbers::sqrt3;  // of whole places for noise that splits
  for (const NoiseFamily* family :
       {&kLattice[0], &kLattice[4], &kUniform[0], &kUniform[4], &kSplitting[0], &kSplitting[1]}) {
    for (const std::uint32_t size : {3072u, 75u, 2u}) {
      check_noise<float>(size, 400, false, false, family, sigma);
      check_noise<Half>(size, 400, true, false, family, sigma);
    }
  }
}

TEST_F(CudaKernels, NoiseHasTheBitsOfItsTwin) {
  for (const bool normalise : {false, true}) {
    for (const std::uint32_t size : {3072u, 75u, 2u}) {
      check_noise<float>(size, 400, normalise);
      check_noise<Half>(size, 400, normalise);
      check_noise<Bfloat16>(size, 400, normalise);
    }
    check_noise<Half>(3 * 224 * 224, 10, normalise);
  }
}

template <class T>
void check_votes(std::int32_t classes) {
  constexpr std::int32_t kRows = 1001;
  std::vector<T> logits(static_cast<std::size_t>(kRows * classes));
  std::uint32_t state = static_cast<std::uint32_t>(classes);
  for (T& logit : logits) {
    state = state * 1664525u + 1013904223u;
    float value = static_cast<float>(static_cast<int>(state >> 28) - 8);  // few values: many ties
    if (state >> 16 == 77) value = std::numeric_limits<float>::infinity();
    if (state >> 16 == 78) value = -std::numeric_limits<float>::infinity();
    if (state >> 16 == 79) value = std::nanf("");
    from_float(value, logit);
  }
  const GpuBuffer there(logits.data(), logits.size() * sizeof(T));
  const GpuBuffer out(kRows * sizeof(std::int32_t));
  launch_vote(there.data(), kElement<T>, kRows, classes, static_cast<std::int32_t*>(out.data()),
              nullptr);
  std::vector<std::int32_t> votes(kRows);
  out.copy_out(votes.data());
  ASSERT_EQ(votes, twin_votes(logits, classes)) << classes << " classes";
}

TEST_F(CudaKernels, VotesAreThoseOfTheTwin) {
  for (const std::int32_t classes : {2, 10, 31, 32, 33, 100, 1000, 21841}) {
    check_votes<float>(classes);
    check_votes<Half>(classes);
    check_votes<Bfloat16>(classes);
  }
}

TEST_F(CudaKernels, AddUpTheNoiseOfRowsAsTheHostDoes) {
  for (const std::uint32_t size : {3072u, 75u, 5u, 150528u}) {
    const GradientScene scene(size);
    const auto table = gradient_table(scene.runs);
    std::vector<std::int64_t> sums(GradientScene::kTestedRuns * 2 * size);
    const GpuBuffer rows(scene.rows.data(), scene.rows.size() * sizeof(NoiseRow));
    const GpuBuffer votes(scene.votes.data(), scene.votes.size() * sizeof(std::int32_t));
    const GpuBuffer table_there(table.data(), table.size() * sizeof(GradientRows));
    const GpuBuffer sums_there(sums.data(), sums.size() * sizeof(std::int64_t));
    NoiseTask task = scene.task;
    task.rows = static_cast<const NoiseRow*>(rows.data());
    launch_gradient(task, static_cast<const std::int32_t*>(votes.data()),
                    static_cast<const GradientRows*>(table_there.data()),
                    static_cast<std::uint32_t>(table.size()),
                    static_cast<std::int64_t*>(sums_there.data()), nullptr);
    sums_there.copy_out(sums.data());
    EXPECT_EQ(gradients_of(scene.runs, sums.data(), size), scene.on_host()) << size;
  }
}

}  // namespace
}  // namespace certify
