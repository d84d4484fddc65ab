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
  /// Rows that were checked each by itself, as their samples are not at hand.
  std::int64_t alone = 0;
  /// Rows that rest on scores or on a gradient that are not at hand: only their radius or only
  /// their probability was checked.
  std::int64_t in_part = 0;
  std::set<std::string> methods;
  std::vector<VerifyFinding> findings;  ///< none: nothing is wrong
  std::vector<std::string> notes;       ///< what limits the check
  /// Images whose samples were drawn again and differ, where that may be another device's or
  /// library's doing.
  std::int64_t unsettled = 0;

  void add(const std::filesystem::path& file, const StatedRow& row,
           const std::vector<std::string>& findings_of_row);
  /// Of another part of the same run or folder.
  void add(VerifyReport part);
  /// What other findings may follow from comes first: the manifest, then samples, then rows.
  void put_causes_first();
};

/// Without the line, where there is one.
std::string file_of(const VerifyFinding& finding);
/// Whether it is about a file that is made from the rows alone.
bool is_of_drawn_file(const VerifyFinding& finding);

}  // namespace certify
