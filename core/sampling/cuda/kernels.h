#pragma once
/// The kernels around a network's forward pass. They only queue work on a stream, and can be
/// captured in a CUDA graph.
///
/// A statistic of (noise, vote), such as the noise-gradient means of first-order certificates, is a
/// third kernel behind the vote: it reads `votes`, makes the noise of the rows again with
/// normal_quad() (cheaper than keeping it) and adds to sums that lie on the device, one for each
/// image slot. Nothing here has to change for it.

#include <cstdint>

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

}  // namespace certify
