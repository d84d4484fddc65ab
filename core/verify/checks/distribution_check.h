#pragma once
/// Whether distribution.tsv follows from the rows that it is of.

#include <filesystem>
#include <vector>

#include "core/verify/checks/findings.h"

namespace certify {

/// distribution.tsv of one run: images are counted again in every bin that it states, and each
/// number that it is about must have all images in its bins.
VerifyReport check_distribution(const std::filesystem::path& file,
                                const std::vector<StatedRow>& rows);

}  // namespace certify
