#pragma once
/// Whether attack.tsv is about the rows of its run, and what it says of them.

#include <filesystem>
#include <vector>

#include "core/runs/settings.h"
#include "core/verify/checks/findings.h"

namespace certify {

/// attack.tsv, with attack.json and attack_curve.tsv beside it. What is found:
/// - a row that is not about the row of the run, or has distances that no search gives;
/// - an attack on another model, data set, method or noise than the run's;
/// - a curve that its rows do not give;
/// - more answers changed inside certificates than their α allows: of the images considered, each
///   fails with probability at most α, and PREDICT with the attack's.
/// That the distances were found cannot be seen: `certify attack` would have to find them again.
/// @param rows  of the run, in its order
VerifyReport check_attack(const std::filesystem::path& run, const RunSettings& settings,
                          const std::vector<StatedRow>& rows);

}  // namespace certify
