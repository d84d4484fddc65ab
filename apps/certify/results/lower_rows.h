#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace certify {

/// Rows of a run that claim less than its samples give, with the first of them: "2 rows claim less
/// than their samples give: image 270 abstains (0.0547 of class 5), …". No overclaim, so the
/// independent check passes them: but a wrong certificate may be hidden so, or a method made to
/// look weak. Certified again by this program; radii that are lower by rounding are none.
/// Nothing for runs of `predict`, and where there are none.
/// @throws DataError for what cannot be read; IoError.
std::optional<std::string> describe_lower_rows(const std::filesystem::path& run);

}  // namespace certify
