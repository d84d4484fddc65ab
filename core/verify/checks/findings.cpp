#include "core/verify/checks/findings.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "core/runs/run_folder.h"

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
  alone += part.alone;
  in_part += part.in_part;
  unsettled += part.unsettled;
  methods.merge(part.methods);
  std::move(part.findings.begin(), part.findings.end(), std::back_inserter(findings));
  std::move(part.notes.begin(), part.notes.end(), std::back_inserter(notes));
}

std::string file_of(const VerifyFinding& finding) {
  const std::size_t end = finding.where.find_last_not_of("0123456789");
  return end == std::string::npos || finding.where[end] != ':' ? finding.where
                                                               : finding.where.substr(0, end);
}

bool is_of_drawn_file(const VerifyFinding& finding) {
  const std::filesystem::path file = file_of(finding);
  return is_of_a_page(file) || file.filename() == kCurveTsvFile ||
         file.filename() == kAttackCurveFile;
}

void VerifyReport::put_causes_first() {
  const auto rank = [](const VerifyFinding& finding) {
    const std::string name = std::filesystem::path(file_of(finding)).filename().string();
    if (name == kManifestFile || name == kRecertifyFile) return 0;
    if (name == kSamplesFile || name == kSigmaMapFile) return 1;
    return is_of_drawn_file(finding) ? 3 : 2;
  };
  std::ranges::stable_sort(findings, {}, rank);
}

}  // namespace certify
