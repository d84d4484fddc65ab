#include "core/sampling/cuda/gradient_rows.h"
#include "core/sampling/cuda/kernels.h"
#include "core/sampling/cuda/launch_check.h"

namespace certify {
namespace {

constexpr std::uint32_t kThreads = 256;

/// Whole numbers: the order in which blocks come makes no difference.
__device__ void add(std::int64_t* sum, std::int64_t value) {
  static_assert(sizeof(unsigned long long) == sizeof(std::int64_t));
  atomicAdd(reinterpret_cast<unsigned long long*>(sum), static_cast<unsigned long long>(value));
}

/// A block belongs to some rows of a run, a thread to four of their elements.
template <class Family>
__global__ void __launch_bounds__(kThreads)
    gradient_kernel(const NoiseTask task, const std::int32_t* votes, const GradientRows* table,
                    std::int64_t* sums) {
  const std::uint32_t quad = blockIdx.y * kThreads + threadIdx.x;
  if (4 * quad >= task.size) return;
  const GradientRows rows = table[blockIdx.x];
  const QuadSums found = gradient_quad<Family>(task, votes, rows, quad);
  std::int64_t* const of_run = sums + std::uint64_t{rows.run} * 2 * task.size;
#pragma unroll
  for (std::uint32_t half = 0; half < 2; ++half) {
#pragma unroll
    for (std::uint32_t j = 0; j < 4; ++j) {
      if (4 * quad + j < task.size) add(of_run + half * task.size + 4 * quad + j, found.v[half][j]);
    }
  }
}

}  // namespace

void launch_gradient(const NoiseTask& task, const std::int32_t* votes, const GradientRows* table,
                     std::uint32_t entries, std::int64_t* sums, CudaStream stream) {
  const std::uint32_t quads = (task.size + 3) / 4;
  const dim3 grid(entries, (quads + kThreads - 1) / kThreads);
  with_family(task.family, [&](auto family) {
    gradient_kernel<decltype(family)><<<grid, kThreads, 0, stream>>>(task, votes, table, sums);
  });
  check_launch("gradient");
}

}  // namespace certify
