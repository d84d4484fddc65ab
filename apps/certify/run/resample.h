#pragma once

#include "apps/certify/commands.h"

namespace certify {

/// Draws samples of some images of a run again, with the settings in its manifest, and compares
/// counts, kept scores and averages bit for bit. The run is cut into as many equal parts as images
/// are asked for; of each part the seed and the run's records decide which image it is.
///
/// Bit for bit, not by a test: counts are a function of settings and image, so there is nothing to
/// estimate. A difference is a finding where the kind of device, LibTorch and the way of
/// convolutions are the run's. Elsewhere a note says what is not, and the image counts as
/// unsettled, with how many votes differ and what both certify. Nothing is called forged there: a
/// tolerance of a few votes would be one that a forger may use.
///
/// @throws InputError or DataError where the network cannot be run as the run ran it.
VerifyReport resample(const ResampleRequest& request);

}  // namespace certify
