#pragma once
/// radii.tsv as it is written, for the checker. Grammar: docs/files.md.

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace certify {

/// A radius in one norm or part of the image, with the dual point that is said to prove it.
struct StatedRadius {
  std::string name;
  double radius = 0;
  std::array<double, 3> lambda{};  ///< all zero: none is given
};

struct StatedRadii {
  std::int64_t line = 0;
  std::int64_t index = 0;
  int label = 0;
  int predicted = 0;
  bool correct = false;
  std::vector<StatedRadius> radii;
};

/// @throws DataError "name:line: reason" for a missing column, another number of fields, or a field
/// that cannot be what its column says.
std::vector<StatedRadii> parse_radii_rows(std::string_view content, const std::string& name);

}  // namespace certify
