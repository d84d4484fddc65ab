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

/// What an image's samples would have been had only the first n been drawn, from a trace or a
/// matrix of logits, which are in the order drawn.
///
/// A matrix's votes are counted again. A trace tells votes by its scores only: the class under test
/// or a candidate where it has the largest score of the row, and else `invalid`, which is all other
/// classes in one. They are for the record; methods on votes must not be given them.
/// @throws InputError unless 1 <= n <= the samples kept, or without a trace or matrix.
void keep_first(ImageSamples& samples, std::int64_t n);

}  // namespace certify
