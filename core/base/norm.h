#pragma once
/// Norms of radii, by the names that files have for them: "l1", "l2", "linf".

#include <cstdint>
#include <string>
#include <string_view>

namespace certify {

/// "ℓ1"; "" for what is no norm.
std::string norm_symbol(std::string_view norm);

/// Of a column of certificates.tsv or radii.tsv: `radius`, `radius_full` and `radius_cohen` are l2,
/// `radius_l1` and `radius_l1_full` l1. Empty for every other column: what it measures is not
/// known.
std::string_view norm_of_column(std::string_view column);

/// The columns of certificates.tsv, so that no reader takes one norm for another.
std::string radius_column(std::string_view norm);
std::string full_radius_column(std::string_view norm);

/// The radius, in norm `to`, of the largest ball within one of `radius` in norm `from`; rounded
/// down. From l1 to l2 that is radius / √dimension, and from l2 to l1 it is radius.
/// @param dimension  elements of an image; 0 where it is not known
/// @throws InputError for what is no norm, and where the dimension is needed and not known
double radius_in_norm(double radius, std::string_view from, std::string_view to,
                      std::int64_t dimension);

}  // namespace certify
