#pragma once
/// radii.tsv: the radii of certificates that have several, in the columns of Mohapatra et al.
/// (2020).

#include <string>
#include <vector>

#include "core/base/certificate.h"

namespace certify {

/// idx, label, predict, radius_<name> for each radius, correct, time, then proof_<name> =
/// "λ0,λ1,λ2" where a radius has one, "-" where it needs none. Radii in the fewest digits that give
/// back the same double. Empty for certificates without radii. @pre all have the same names
std::string radii_tsv(const std::vector<Certificate>& certificates);

}  // namespace certify
