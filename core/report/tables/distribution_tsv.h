#pragma once

#include <span>
#include <string>

#include "core/curves/radius_log.h"

namespace certify {

/// How many images of each log are in which bin of p_lower and of the radius
/// (core/curves/distribution.h), tab-separated with a header: `[run] number from to correct wrong
/// abstained`; `run` only of several logs. `number` is p_lower or radius; a row has the images with
/// from <= number < to. Images without the number, such as abstained ones without a radius, are
/// counted in a row whose `from` and `to` are empty.
/// @throws InputError as distributions_of().
std::string distribution_tsv(std::span<const RadiusLog> logs);

}  // namespace certify
