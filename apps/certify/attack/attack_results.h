#pragma once
/// What an attack on a run came to: table, curves, verdict. All of it can be made again from
/// attack.tsv.

#include <filesystem>
#include <ostream>
#include <span>
#include <string>

#include "core/attack/attack_log.h"
#include "core/attack/attack_plan.h"
#include "core/attack/challenge.h"
#include "core/runs/settings.h"

namespace certify {

/// Writes attack_curve.tsv and attack.svg, and prints how the certified radii stand against the
/// attack.
/// @param radii  of the table, as --radii; empty for a choice
/// @throws IoError; InputError for radii that are none.
Challenge write_attack_results(const std::filesystem::path& run, const RunSettings& settings,
                               const AttackPlan& plan, std::span<const AttackedImage> images,
                               const std::string& radii, std::ostream& out);

}  // namespace certify
