#pragma once
/// What one thread of the gradient kernel does, as functions that the host compiles too.

#include <cstdint>

#include "core/sampling/cuda/noise_rows.h"
#include "core/sampling/statistics/noise_units.h"

namespace certify {

/// As many rows as a thread adds up before it touches memory that it shares with others.
inline constexpr std::uint32_t kGradientRows = 32;

/// Consecutive rows of one run of a batch.
struct alignas(16) GradientRows {
  std::uint32_t first_row;  ///< in the batch
  std::uint32_t rows;       ///< 1 … kGradientRows
  std::int32_t tested;      ///< the class whose gradient is gathered
  std::uint32_t run;        ///< which of the runs with a class under test: where its sums lie
};

/// Sums of ±z in units of 2⁻²⁸ over the even and the odd samples, for four elements.
struct QuadSums {
  std::int64_t v[2][4] = {};
};

/// @param votes  [task.batch]
template <class Family>
CERTIFY_HOST_DEVICE QuadSums gradient_quad(const NoiseTask& task, const std::int32_t* votes,
                                           const GradientRows& rows, std::uint32_t quad) {
  QuadSums sums;
  for (std::uint32_t r = rows.first_row; r < rows.first_row + rows.rows; ++r) {
    const NoiseRow row = task.rows[r];
    const Quad z = Family::standard(task.noise, noise_counter(row, quad));
    const bool voted = votes[r] == rows.tested, odd = row.sample % 2 == 1;
    for (int j = 0; j < 4; ++j) {
      const std::int64_t units = in_noise_units(z.v[j]);
      const std::int64_t signed_units = voted ? units : -units;
      // Both sums, each by a fixed index: an array that is indexed by data lies in local memory.
      sums.v[0][j] += odd ? 0 : signed_units;
      sums.v[1][j] += odd ? signed_units : 0;
    }
  }
  return sums;
}

}  // namespace certify
