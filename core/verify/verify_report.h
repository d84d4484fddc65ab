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
  /// Rows whose bounds rest on scores that are not at hand: only their radius was checked.
  std::int64_t radius_only = 0;
  std::set<std::string> methods;
  std::vector<VerifyFinding> findings;  ///< in the order of the rows; none: no row overclaims
  std::vector<std::string> notes;       ///< what limits the check
};

}  // namespace certify
