#pragma once
/// Whether the ellipsoid of a row follows from its radius and from the map of sigma.
///
/// A row's radius is held to the smallest σ as in any run; from it follows a radius of radius_full
/// / sigma in units of the noise, and from that the areas. All are computed anew from the file of
/// the map, in long double.

#include <filesystem>
#include <string>
#include <vector>

#include "core/runs/settings.h"
#include "core/verify/bounds/tails.h"
#include "core/verify/files/row_file.h"

namespace certify {

/// What a map of sigma says, read by code of the checker's own.
struct MapFacts {
  std::vector<std::string> findings;  ///< what is wrong with the file; then nothing else holds
  double smallest = 0;
  checker::Real log_sum = 0;
  std::int64_t dimension = 0;
};

/// The map in the folder of a run whose settings name one.
/// @throws DataError, IoError for a file that cannot be read as one.
MapFacts read_map_facts(const std::filesystem::path& folder, const RunSettings& settings);

/// ln (π^{D/2} / Γ(D/2 + 1))
checker::Real log_ball(std::int64_t dimension);

/// What is wrong with the row's columns of the ellipsoid: one sentence each.
/// @param map  nullptr where it is not at hand: then only radius_mahalanobis is checked
std::vector<std::string> check_ellipsoid(const StatedRow& row, const MapFacts* map);

}  // namespace certify
