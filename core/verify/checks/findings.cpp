#include "core/verify/checks/findings.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace certify {

void VerifyReport::add(const std::filesystem::path& file, const StatedRow& row,
                       const std::vector<std::string>& findings_of_row) {
  ++rows;
  methods.insert(row.method);
  for (const std::string& what : findings_of_row) {
    findings.push_back({fmt::format("{}:{}", file.string(), row.line),
                        fmt::format("image {}: {}", row.index, what)});
  }
}

void VerifyReport::add(VerifyReport part) {
  rows += part.rows;
  in_part += part.in_part;
  unsettled += part.unsettled;
  methods.merge(part.methods);
  std::move(part.findings.begin(), part.findings.end(), std::back_inserter(findings));
  std::move(part.notes.begin(), part.notes.end(), std::back_inserter(notes));
}

}  // namespace certify
