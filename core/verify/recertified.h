#pragma once
/// A folder of `certify recertify --out`, against the samples that its rows were made from.

#include <filesystem>
#include <functional>
#include <optional>

#include "core/verify/checks/findings.h"
#include "core/verify/checks/row_check.h"

namespace certify {

/// How the rows beside this file were certified, where its folder says so (recertify.json).
std::optional<ClassFrom> recorded_choice(const std::filesystem::path& rows);

/// All row files of the folder, and its curve.tsv. The samples are those of a run or a file of
/// counts, found where recertify read them; votes that `--n` drew are drawn again. Where the
/// samples are not at hand, a note says so and rows are checked each by itself. Samples that have
/// another hash than recertify.json has are a finding.
/// @param from     how the class was chosen, in place of what recertify.json says
/// @param results  whether curve.tsv is looked at
/// @param alone    checks one row file by itself
VerifyReport verify_recertified(
    const std::filesystem::path& folder, std::optional<ClassFrom> from, bool results,
    const std::function<VerifyReport(const std::filesystem::path&)>& alone);

}  // namespace certify
