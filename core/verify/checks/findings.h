#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/verify/files/row_file.h"

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
  std::vector<VerifyFinding> findings;  ///< rows first, in their order; none: nothing is wrong
  std::vector<std::string> notes;       ///< what limits the check
  /// Images whose samples were drawn again and differ, where that may be another device's or
  /// library's doing.
  std::int64_t unsettled = 0;

  void add(const std::filesystem::path& file, const StatedRow& row,
           const std::vector<std::string>& findings_of_row);
  /// Of another part of the same run or folder.
  void add(VerifyReport part);
};

}  // namespace certify
