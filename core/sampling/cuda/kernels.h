#pragma once
/// The kernels around a network's forward pass. They only queue work on a stream, and can be
/// captured in a CUDA graph.

#include <cstdint>

#include "core/sampling/cuda/gradient_rows.h"
#include "core/sampling/cuda/noise_rows.h"

struct CUstream_st;

namespace certify {

using CudaStream = CUstream_st*;  // cudaStream_t

/// Writes the network's input.
/// @param out  [task.batch][task.size] elements on the device, aligned to 16 bytes
/// @throws std::runtime_error when the launch is refused
void launch_noise(const NoiseTask& task, Element element, void* out, CudaStream stream);

/// The class each row votes for: the largest logit, the lowest class on a tie, -1 where a logit is
/// not finite.
/// @param logits  [rows][classes] on the device   @param votes  [rows] on the device, out
/// @throws std::runtime_error when the launch is refused
void launch_vote(const void* logits, Element element, std::int32_t rows, std::int32_t classes,
                 std::int32_t* votes, CudaStream stream);

/// Adds the noise of rows, with the sign of their votes, to sums that lie on the device. The noise
/// is made again: keeping it would take the memory of another input.
/// @param votes  [task.batch], of launch_vote()   @param table  [entries] on the device, entries >=
/// 1
/// @param sums   [runs][2][task.size] on the device, zero before the first rows are added
/// @throws std::runtime_error when the launch is refused
void launch_gradient(const NoiseTask& task, const std::int32_t* votes, const GradientRows* table,
                     std::uint32_t entries, std::int64_t* sums, CudaStream stream);

}  // namespace certify
