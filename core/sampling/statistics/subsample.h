#pragma once

#include <cstdint>

#include "core/base/samples.h"

namespace certify {

/// What the counts would have been with only `n` of the samples: a draw without replacement, which
/// depends on (seed, image) alone. Fewer i.i.d. samples drawn from i.i.d. samples are i.i.d.
/// samples.
/// @param image  its index   @throws InputError unless 1 <= n <= counts.total()
ClassCounts subsample(const ClassCounts& counts, std::int64_t n, std::uint64_t seed,
                      std::int64_t image);

}  // namespace certify
