#pragma once
/// Whether the radii of a first-order certificate follow from the votes and the gradient statistics
/// of its image.
///
/// Every stated radius is tried by two ways to see that the class keeps half of the votes there: by
/// the dual point that is stated with it, by quadrature, or by the worst votes with that
/// probability and so long a gradient, a slab. What is found, and how closely:
/// - norms of the gradient are solved for again, to 1e-16;
/// - a dual point that leaves less than half, to 1e-16 of its terms;
/// - a slab that keeps less than half: to 1e-15.

#include <string>
#include <string_view>
#include <vector>

#include "core/base/gradient.h"
#include "core/verify/checks/row_check.h"

namespace certify {

/// What was kept of the noise behind a row, and what radii.tsv says of its image.
struct GradientBehind {
  const GradientStatistics& statistics;
  const StatedRadii* radii = nullptr;  ///< none: only radius_full is checked
};

bool is_first_order(std::string_view method);

/// What is wrong with p_lower, p_upper and, where what is behind it is at hand, all radii.
std::vector<std::string> check_first_order(const StatedRow& row, ClassFrom from,
                                           const GradientBehind* gradient);

}  // namespace certify
