#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace certify {

struct VerifyFinding {
  std::string where;  ///< file:line
  std::string what;   ///< "image 40: radius_full 0.51 claims too much: …"
};

struct VerifyReport {
  std::int64_t rows = 0;
  /// Rows that rest on scores or on a gradient that are not at hand: only their radius or only
  /// their probability was checked.
  std::int64_t in_part = 0;
  std::set<std::string> methods;
  std::vector<VerifyFinding> findings;  ///< in the order of the rows; none: no row overclaims
  std::vector<std::string> notes;       ///< what limits the check
};

}  // namespace certify
