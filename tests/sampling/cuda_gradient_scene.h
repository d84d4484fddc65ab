#pragma once
/// A batch whose runs mix images, lengths and classes under test, and what the host makes of it.

#include <vector>

#include "core/noise/gaussian.h"
#include "core/sampling/cuda/gradient_table.h"
#include "core/sampling/cuda/image_slots.h"

namespace certify {

struct GradientScene {
  explicit GradientScene(std::uint32_t size)
      : pixels(size, 0.5f),
        runs{{7, &pixels, Phase::kSelection, 0, 5, -1},
             {7, &pixels, Phase::kEstimation, 0, 33, 2},
             {9, &pixels, Phase::kEstimation, 11, 1, 0},
             {4000000000u, &pixels, Phase::kEstimation, 3, 64, 1},
             {8, &pixels, Phase::kEstimation, 6, 4, -1},
             {5, &pixels, Phase::kEstimation, 4294967000u, 100, 3}},
        rows(256) {
    ImageSlots slots(256);
    fill_row_table({runs}, slots, rows.data(), 256);
    for (std::uint32_t r = 0; r < 256; ++r) votes.push_back(static_cast<int>((r * r) % 5) - 1);
    task.rows = rows.data();
    task.batch = 256;
    task.size = size;
    task.channels = 1;
    task.family = DeviceFamily::kGaussianQuads;
    task.noise.key0 = static_cast<std::uint32_t>(kSeed);
    task.noise.key1 = static_cast<std::uint32_t>(kSeed >> 32);
  }
  /// What GradientSum itself makes of the runs that have a class under test.
  std::vector<GradientSum> on_host() const {
    std::vector<GradientSum> out;
    const NoiseGenerator unit(gaussian_noise(1));
    std::size_t first = 0;
    for (const RowRun& run : runs) {
      const auto count = static_cast<std::size_t>(run.rows);
      if (run.tested >= 0) {
        out.emplace_back(static_cast<std::int64_t>(task.size))
            .add(unit, {kSeed, run.image, run.phase}, run.first_sample,
                 std::span(votes).subspan(first, count), run.tested);
      }
      first += count;
    }
    return out;
  }
  static constexpr std::uint64_t kSeed = 0x123456789abcdefull;
  static constexpr std::size_t kTestedRuns = 4;
  std::vector<float> pixels;
  std::vector<RowRun> runs;
  std::vector<NoiseRow> rows;
  std::vector<std::int32_t> votes;
  NoiseTask task{};
};

}  // namespace certify
