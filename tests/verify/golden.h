#pragma once
/// tests/verify/golden.tsv, made by tests/verify/make_golden.py.

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/source_dir.h"

namespace certify {

/// The fields of all lines of one kind.
inline std::vector<std::array<std::string, 4>> golden_lines(const std::string& wanted) {
  std::ifstream file(std::string(CERTIFY_SOURCE_DIR) + "/tests/verify/golden.tsv");
  std::vector<std::array<std::string, 4>> lines;
  std::string line, kind;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::array<std::string, 4> values;
    fields >> kind;
    for (std::string& value : values) fields >> value;
    if (kind == wanted) lines.push_back(values);
  }
  if (lines.empty()) throw std::runtime_error("golden.tsv has no " + wanted);
  return lines;
}

}  // namespace certify
