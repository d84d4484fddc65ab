#include "core/verify/files/radii_file.h"

#include <algorithm>

#include "core/verify/files/tsv_reader.h"

namespace certify {
namespace {

constexpr std::string_view kRadius = "radius_", kProof = "proof_";

std::array<double, 3> read_proof(const checker::TsvReader& table, const std::string& column) {
  const std::string_view text = table.field(column);
  if (text == "-") return {};
  const auto parts = checker::split(text, ',');
  if (parts.size() != 3) table.refuse(column + ": expected three numbers or -");
  std::array<double, 3> lambda{};
  std::transform(parts.begin(), parts.end(), lambda.begin(),
                 [&](std::string_view part) { return table.parse<double>(column, part, 0); });
  return lambda;
}

}  // namespace

std::vector<StatedRadii> parse_radii_rows(std::string_view content, const std::string& name) {
  checker::TsvReader table(content, name);
  std::vector<std::string> names;
  for (const std::string& column : table.header()) {
    if (column.starts_with(kRadius)) names.push_back(column.substr(kRadius.size()));
  }
  for (const char* needed : {"idx", "label", "predict", "correct"}) {
    table.require(needed, "no radii without it");
  }
  for (const std::string& radius : names) {
    table.require(std::string(kProof) + radius, "a radius without its proof");
  }
  std::vector<StatedRadii> rows;
  while (table.next()) {
    StatedRadii row{.line = table.line(),
                    .index = table.number<std::int64_t>("idx", 0),
                    .label = table.number<int>("label", 0),
                    .predicted = table.number<int>("predict", -1),
                    .correct = table.number<int>("correct", 0) != 0,
                    .radii = {}};
    for (const std::string& radius : names) {
      row.radii.push_back({radius, table.number<double>(std::string(kRadius) + radius, 0),
                           read_proof(table, std::string(kProof) + radius)});
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace certify
