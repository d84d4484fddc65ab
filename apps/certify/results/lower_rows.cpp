#include "apps/certify/results/lower_rows.h"

#include <map>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/plan/certifier.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/logs/python_format.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

constexpr std::size_t kMostNamed = 3;
constexpr double kRounding = 1e-9;  // relative: what versions of this program differ by

std::string radius_of(double radius, int predicted) {
  return fmt::format("{} of class {}", python_radius_rounded_down(radius), predicted);
}

}  // namespace

std::optional<std::string> describe_lower_rows(const std::filesystem::path& run) {
  const Manifest manifest = manifest_of(run);
  if (manifest.settings.method == "predict") return std::nullopt;
  if (!std::filesystem::exists(run / kCertificatesFile)) return std::nullopt;
  const RadiusLog log = read_cohen_log(run);
  std::map<std::int64_t, const RadiusRow*> row_of;
  for (const RadiusRow& row : log.rows) row_of[row.index] = &row;
  const auto map = sigma_map_of(run, manifest.settings);
  const Certifier certify(manifest.settings, map ? &*map : nullptr);
  std::vector<std::string> lower;
  read_run(run, [&](const ImageSamples& samples) {
    const auto found = row_of.find(samples.index);
    if (found == row_of.end()) return;
    const RadiusRow& row = *found->second;
    const Certificate c = certify(samples);
    if (c.abstained() || c.radius * (1 - kRounding) <= row.radius) return;
    const bool abstains = row.predicted == kAbstain;
    lower.push_back(
        fmt::format("image {} {} ({})", samples.index,
                    abstains ? "abstains" : "has " + radius_of(row.radius, row.predicted),
                    radius_of(c.radius, c.predicted)));
  });
  if (lower.empty()) return std::nullopt;
  const std::size_t count = lower.size();
  const bool more = count > kMostNamed;
  if (more) lower.resize(kMostNamed);
  return fmt::format("{} row{} less than the samples give: {}{}", count,
                     count == 1 ? " claims" : "s claim", fmt::join(lower, ", "),
                     more ? ", ..." : "");
}

}  // namespace certify
