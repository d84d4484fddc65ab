#include "apps/certify/results/row_claims.h"

#include <unordered_map>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/parallel.h"
#include "core/methods/catalogue.h"
#include "core/plan/certifier.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/logs/python_format.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

constexpr std::size_t kMostNamed = 3;
constexpr double kRounding = 1e-9;  // relative: what versions of this program differ by

std::vector<ImageSamples> votes_of_run(const std::filesystem::path& run, const RunSettings& s) {
  std::vector<ImageSamples> all;
  SampleLogReader reader(run / kSamplesFile, record_shape(s), SampleLogReader::Beside::kLeave);
  while (auto samples = reader.next()) all.push_back(std::move(*samples));
  return all;
}

}  // namespace

Claim claim_of(const RadiusRow& row, const Certificate& samples) {
  if (row.predicted != kAbstain && row.predicted != samples.predicted) return Claim::kMore;
  if (row.radius > samples.radius * (1 + kRounding)) return Claim::kMore;
  return row.radius < samples.radius * (1 - kRounding) ? Claim::kLess : Claim::kAsSamples;
}

std::string describe_radius(double radius, int predicted) {
  return fmt::format("{} of class {}", python_radius_rounded_down(radius), predicted);
}

std::optional<std::string> describe_lower_rows(const std::filesystem::path& run) {
  const RunSettings s = manifest_of(run).settings;
  const Method& method = find_method(s.method);
  if (method.name == "predict" || method.needs != SampleNeeds::kCounts) return std::nullopt;
  const RadiusLog log = read_cohen_log(run);
  std::unordered_map<std::int64_t, const RadiusRow*> row_of;
  for (const RadiusRow& row : log.rows) row_of[row.index] = &row;
  const auto map = sigma_map_of(run, s);
  const Certifier certify(s, map ? &*map : nullptr);
  const std::vector<ImageSamples> samples = votes_of_run(run, s);
  std::vector<std::string> found(samples.size());
  for_each_on_all_cores(samples.size(), 16, [&](std::size_t i) {
    const auto at = row_of.find(samples[i].index);
    if (at == row_of.end()) return;
    const RadiusRow& row = *at->second;
    const Certificate c = certify(samples[i]);
    if (claim_of(row, c) != Claim::kLess) return;
    const std::string claims = row.predicted == kAbstain
                                   ? "abstains"
                                   : "has " + describe_radius(row.radius, row.predicted);
    found[i] =
        fmt::format("image {} {} ({})", row.index, claims, describe_radius(c.radius, c.predicted));
  });
  std::erase(found, "");
  if (found.empty()) return std::nullopt;
  const std::size_t count = found.size();
  found.resize(std::min(count, kMostNamed));
  return fmt::format("{} row{} less than the samples give: {}{}", count,
                     count == 1 ? " claims" : "s claim", fmt::join(found, ", "),
                     count > kMostNamed ? ", ..." : "");
}

}  // namespace certify
