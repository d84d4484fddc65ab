#pragma once
/// Fewer votes of an image, as `certify recertify --n` takes them. Shares no code with it.

#include <cstdint>

#include "core/base/samples.h"

namespace certify::checker {

/// n of the votes, drawn without replacement: the first n of a Fisher-Yates shuffle of all votes,
/// sorted by class, invalid ones last. Its integers come from Philox with the seed as key and the
/// counter (i, high half of the image, 2³¹, low half), i = 0, 1, …; the first two words of a block
/// make 64 bits, and Lemire's method (2019) an unbiased number below what is left of the shuffle.
/// @pre 1 <= n <= the votes there are
ClassCounts drawn_votes(const ClassCounts& all, std::int64_t n, std::uint64_t seed,
                        std::int64_t image);

/// The votes that the rows of a trace give, with a tie for a rival: what `recertify --n` counts.
/// Those of what is no class of its own are invalid.
ClassCounts votes_of(const ScoreTrace& trace, int classes);

}  // namespace certify::checker
