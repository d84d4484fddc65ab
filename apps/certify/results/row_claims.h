#pragma once
/// A run's rows beside what its samples give when they are certified again by this program.

#include <filesystem>
#include <optional>
#include <string>

#include "core/base/certificate.h"
#include "core/curves/radius_log.h"

namespace certify {

enum class Claim { kAsSamples, kMore, kLess };
/// Another class, or a radius that differs by more than rounding.
Claim claim_of(const RadiusRow& row, const Certificate& samples);

/// "0.391 of class 7", rounded down.
std::string describe_radius(double radius, int predicted);

/// Rows of a run that claim less than its samples give, with the first of them: "2 rows claim less
/// than the samples give: image 270 abstains (0.0547 of class 5), …". No overclaim, so the
/// independent check passes them: but a wrong certificate may be hidden so, or a method made to
/// look weak. Only of methods on votes: of others it would take as long as the check itself.
/// Nothing for runs of `predict`, and where there are none.
/// @pre the rows and samples fit together   @throws DataError for what cannot be read; IoError.
std::optional<std::string> describe_lower_rows(const std::filesystem::path& run);

}  // namespace certify
