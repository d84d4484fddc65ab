#include "core/sampling/cuda/gradient_table.h"

#include <algorithm>

namespace certify {

std::vector<GradientRows> gradient_table(std::span<const RowRun> runs) {
  std::vector<GradientRows> table;
  std::uint32_t first = 0, tested_runs = 0;
  for (const RowRun& run : runs) {
    const auto rows = static_cast<std::uint32_t>(run.rows);
    if (run.tested >= 0) {
      for (std::uint32_t done = 0; done < rows; done += kGradientRows) {
        table.push_back(
            {first + done, std::min(kGradientRows, rows - done), run.tested, tested_runs});
      }
      ++tested_runs;
    }
    first += rows;
  }
  return table;
}

std::vector<GradientSum> gradients_of(std::span<const RowRun> runs, const std::int64_t* sums,
                                      std::int64_t size) {
  std::vector<GradientSum> out;
  const auto elements = static_cast<std::size_t>(size);
  for (const RowRun& run : runs) {
    if (run.tested < 0) continue;
    const std::int64_t odd_first = run.first_sample % 2, rows = run.rows;
    const std::int64_t odd = (rows + odd_first) / 2;
    out.emplace_back(std::span(sums, elements), std::span(sums + elements, elements), rows - odd,
                     odd);
    sums += 2 * elements;
  }
  return out;
}

}  // namespace certify
