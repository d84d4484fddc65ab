#pragma once

#include <vector>

#include "core/noise/noise.h"

namespace certify {

/// Those of `all`, in their order, whose instruction set this processor has. A path's name is that
/// of its instruction set: avx512, avx2 or portable.
std::vector<NoisePath> paths_on_this_processor(std::vector<NoisePath> all);

}  // namespace certify
