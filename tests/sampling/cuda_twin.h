#pragma once
/// The CUDA kernels, run by the host: the same bodies in the same order of threads.

#include <vector>

#include "core/sampling/cuda/gradient_rows.h"
#include "core/sampling/cuda/noise_rows.h"
#include "core/sampling/cuda/vote_rows.h"

namespace certify {

template <class T>
std::vector<T> twin_noise(const NoiseTask& task) {
  std::vector<T> out(std::size_t{task.batch} * task.size);
  with_family(task.family, [&](auto family) {
    using Family = decltype(family);
    for (std::uint32_t row = 0; row < task.batch; ++row) {
      for (std::uint32_t quad = 0; 4 * quad < task.size; ++quad) {
        if (task.size % 4 == 0) {
          write_noisy_quad<Family, T, true>(task, row, quad, out.data());
        } else {
          write_noisy_quad<Family, T, false>(task, row, quad, out.data());
        }
      }
    }
  });
  return out;
}

template <class T>
std::vector<std::int32_t> twin_votes(const std::vector<T>& logits, std::int32_t classes) {
  std::vector<std::int32_t> votes;
  for (std::size_t first = 0; first < logits.size(); first += static_cast<std::size_t>(classes)) {
    Ballot lanes[32];
    for (int lane = 0; lane < 32; ++lane) {
      lanes[lane] = lane_ballot(logits.data() + first, classes, lane);
    }
    for (int distance = 16; distance > 0; distance /= 2) {
      Ballot next[32];
      for (int lane = 0; lane < 32; ++lane) {
        next[lane] = better(lanes[lane], lanes[lane ^ distance]);
      }
      std::copy(next, next + 32, lanes);
    }
    votes.push_back(vote_of(lanes[0]));
  }
  return votes;
}

/// @return [runs][2][task.size]
inline std::vector<std::int64_t> twin_gradient(const NoiseTask& task,
                                               const std::vector<std::int32_t>& votes,
                                               const std::vector<GradientRows>& table,
                                               std::size_t runs) {
  std::vector<std::int64_t> sums(runs * 2 * task.size);
  with_family(task.family, [&](auto family) {
    for (const GradientRows& rows : table) {
      for (std::uint32_t quad = 0; 4 * quad < task.size; ++quad) {
        const QuadSums found = gradient_quad<decltype(family)>(task, votes.data(), rows, quad);
        for (std::uint32_t half = 0; half < 2; ++half) {
          for (std::uint32_t j = 0; j < 4 && 4 * quad + j < task.size; ++j) {
            sums[(2 * rows.run + half) * task.size + 4 * quad + j] += found.v[half][j];
          }
        }
      }
    }
  });
  return sums;
}

}  // namespace certify
