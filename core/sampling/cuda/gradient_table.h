#pragma once
/// The host's side of the gradient kernel: which rows it adds up, and what its sums are.

#include <cstdint>
#include <span>
#include <vector>

#include "core/sampling/backend.h"
#include "core/sampling/cuda/gradient_rows.h"

namespace certify {

/// The rows of all runs that have a class under test, in pieces of at most kGradientRows. Rows of a
/// batch are numbered as fill_row_table() lays them out.
std::vector<GradientRows> gradient_table(std::span<const RowRun> runs);

/// @param sums  [runs with a class under test][2][size], as launch_gradient() leaves them
std::vector<GradientSum> gradients_of(std::span<const RowRun> runs, const std::int64_t* sums,
                                      std::int64_t size);

}  // namespace certify
