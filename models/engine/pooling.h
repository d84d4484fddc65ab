#pragma once
/// The largest number of each window.

#include "models/engine/kernels.h"

namespace certify {

/// Of `call` only window, x, y and images count. Padding is passed over. NaN is the largest.
void max_pool(const ConvCall& call, Arithmetic arithmetic);

}  // namespace certify
