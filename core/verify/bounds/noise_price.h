#pragma once

#include <string_view>

#include "core/runs/settings.h"
#include "core/verify/bounds/tails.h"

namespace certify::checker {

/// What of alpha a run's noise must leave for not being drawn exactly, by the stream in its
/// settings: docs/floating-point.md, "The price". 0 for Gaussian noise, whose floats are assumed
/// to be Gaussian.
Real noise_price(const RunSettings& settings);

/// Whether the run's noise is not drawn: each of its samples is taken once.
bool takes_all_samples(const RunSettings& settings);

/// Whether the seed decides what is smoothed, too: where the noise cuts.
bool seed_cuts(const RunSettings& settings);

/// The norm of the radii that the run's noise proves: "l1" of noise on a cube, else "l2".
std::string_view norm_of_noise(const RunSettings& settings);

}  // namespace certify::checker
