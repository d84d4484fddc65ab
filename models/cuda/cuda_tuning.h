#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "models/network.h"
#include "models/tuning.h"

namespace certify {

/// Measures a network on its GPU at each of `batches`, and fused, with noise and votes and as it
/// will run: a few seconds.
/// @param classifier  not fused   @param load  the same network with other options
Tuning tune_on_gpu(const Network& classifier,
                   const std::function<std::unique_ptr<Network>(const NetworkOptions&)>& load,
                   const std::vector<std::int64_t>& batches);

}  // namespace certify
