#pragma once
/// Whether the numbers of a run's report.html are those of its rows, table and manifest.

#include <filesystem>
#include <vector>

#include "core/runs/manifest.h"
#include "core/verify/checks/curve_check.h"
#include "core/verify/checks/findings.h"

namespace certify {

/// Every image's row, the numbers at the top, the table of certified accuracy (against accuracy.tsv
/// beside it) and the settings that decide what is certified. Pictures and words are not looked at.
/// @param page  report.html
VerifyReport check_page(const std::filesystem::path& page, const Manifest& manifest,
                        const std::vector<StatedRow>& rows);

}  // namespace certify
