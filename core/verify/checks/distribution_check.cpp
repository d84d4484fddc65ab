#include "core/verify/checks/distribution_check.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/base/tsv_reader.h"

namespace certify {
namespace {

constexpr std::array<const char*, 3> kOutcomeColumns{"correct", "wrong", "abstained"};
using Counts = std::array<std::int64_t, kOutcomeColumns.size()>;

std::size_t outcome_of(const StatedRow& row) { return row.predicted < 0 ? 2 : row.correct ? 0 : 1; }

/// Nothing where the image has no such number.
std::optional<double> number_of(const StatedRow& row, std::string_view number) {
  if (number == "p_lower") return row.p_lower;
  return row.predicted < 0 ? std::nullopt : std::optional(row.radius);
}

/// One row of the file; without edges it is about images without the number.
struct StatedBin {
  std::int64_t line;
  std::optional<double> from, to;
  Counts counts;
};

StatedBin read_bin(const TsvReader& table) {
  StatedBin bin{table.line(), {}, {}, {}};
  if (!table.field("from").empty() || !table.field("to").empty()) {
    bin.from = table.number<double>("from", 0);
    bin.to = table.number<double>("to", *bin.from);
  }
  for (std::size_t o = 0; o < bin.counts.size(); ++o) {
    bin.counts[o] = table.number<std::int64_t>(kOutcomeColumns[o], 0);
  }
  return bin;
}

/// @param end  of the last bin, which has that number itself too
bool is_in(const StatedBin& bin, std::optional<double> number, double end) {
  if (!number || !bin.from) return !number && !bin.from;
  return *number >= *bin.from && (*number < *bin.to || (*number == end && *bin.to == end));
}

}  // namespace

VerifyReport check_distribution(const std::filesystem::path& file,
                                const std::vector<StatedRow>& rows) {
  VerifyReport report;
  const std::string content = read_file(file);
  TsvReader table(content, file.string());
  for (const char* needed : {"number", "from", "to", "correct", "wrong", "abstained"}) {
    table.require(needed, "no distribution without it");
  }
  const std::string radius = !rows.empty() && rows.front().norm == "l1" ? "radius_l1" : "radius";
  std::map<std::string, std::vector<StatedBin>, std::less<>> bins;
  while (table.next()) {
    const std::string number(table.field("number"));
    if (number != "p_lower" && number != radius) {
      table.refuse(fmt::format("neither p_lower nor {}", radius));
    }
    bins[number].push_back(read_bin(table));
  }
  const auto say = [&](std::int64_t line, const std::string& what) {
    report.findings.push_back({fmt::format("{}:{}", file.string(), line), what});
  };
  if (!bins.contains(radius)) say(1, "says nothing of radii");
  for (const auto& [number, stated] : bins) {
    double end = 0;
    for (const StatedBin& bin : stated) end = std::max(end, bin.to.value_or(0));
    std::int64_t images = 0;
    for (const StatedBin& bin : stated) {
      Counts counts{};
      for (const StatedRow& row : rows) {
        if (is_in(bin, number_of(row, number), end)) ++counts[outcome_of(row)];
      }
      for (std::size_t o = 0; o < counts.size(); ++o) {
        images += bin.counts[o];
        if (bin.counts[o] == counts[o]) continue;
        say(bin.line, fmt::format("{} {} images of this {}, the rows give {}", bin.counts[o],
                                  kOutcomeColumns[o], number, counts[o]));
      }
    }
    if (images == static_cast<std::int64_t>(rows.size())) continue;
    say(stated.back().line,
        fmt::format("{} images in the bins of {}, there are {} rows", images, number, rows.size()));
  }
  return report;
}

}  // namespace certify
