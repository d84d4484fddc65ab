#include <stdexcept>

#include "core/sampling/cuda/kernels.h"
#include "core/sampling/cuda/launch_check.h"
#include "core/sampling/cuda/vote_rows.h"

namespace certify {
namespace {

constexpr int kWarp = 32;
constexpr int kRowsPerBlock = 8;

__device__ Ballot from_lane(const Ballot& mine, int distance) {
  constexpr unsigned kAll = 0xffffffffu;
  return {__shfl_xor_sync(kAll, mine.best, distance), __shfl_xor_sync(kAll, mine.winner, distance),
          __shfl_xor_sync(kAll, static_cast<int>(mine.valid), distance) != 0};
}

/// A warp belongs to one row.
template <class T>
__global__ void __launch_bounds__(kWarp* kRowsPerBlock)
    vote_kernel(const T* logits, std::int32_t rows, std::int32_t classes, std::int32_t* votes) {
  const auto row = static_cast<std::int32_t>(blockIdx.x * kRowsPerBlock + threadIdx.x / kWarp);
  if (row >= rows) return;  // the whole warp
  const auto lane = static_cast<std::int32_t>(threadIdx.x % kWarp);
  Ballot ballot = lane_ballot(logits + std::int64_t{row} * classes, classes, lane);
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    ballot = better(ballot, from_lane(ballot, distance));
  }
  if (lane == 0) votes[row] = vote_of(ballot);
}

template <class T>
void launch(const void* logits, std::int32_t rows, std::int32_t classes, std::int32_t* votes,
            CudaStream stream) {
  const auto blocks = static_cast<unsigned>((rows + kRowsPerBlock - 1) / kRowsPerBlock);
  vote_kernel<<<blocks, kWarp * kRowsPerBlock, 0, stream>>>(static_cast<const T*>(logits), rows,
                                                            classes, votes);
  check_launch("vote");
}

}  // namespace

void launch_vote(const void* logits, Element element, std::int32_t rows, std::int32_t classes,
                 std::int32_t* votes, CudaStream stream) {
  switch (element) {
    case Element::kFloat32:
      return launch<float>(logits, rows, classes, votes, stream);
    case Element::kFloat16:
      return launch<Half>(logits, rows, classes, votes, stream);
    case Element::kBfloat16:
      return launch<Bfloat16>(logits, rows, classes, votes, stream);
  }
  throw std::runtime_error("no such element type");
}

}  // namespace certify
