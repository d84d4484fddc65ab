#pragma once

#include "core/runs/settings.h"
#include "core/verify/bounds/tails.h"

namespace certify::checker {

/// What of alpha a run's noise must leave for not being drawn exactly, by the stream in its
/// settings: docs/floating-point.md, "The price". 0 for Gaussian noise, whose floats are assumed
/// to be Gaussian.
Real noise_price(const RunSettings& settings);

}  // namespace certify::checker
