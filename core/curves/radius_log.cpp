#include "core/curves/radius_log.h"

#include <algorithm>
#include <utility>

#include "core/base/errors.h"
#include "core/base/norm.h"

namespace certify {

bool has_method(const RadiusLog& log, std::string_view name) {
  return std::ranges::find(log.methods, name) != log.methods.end();
}

bool has_radii_in(const RadiusLog& log, std::string_view norm) {
  return log.measure == Measure::kRadius && log.unit.empty() && log.norm == norm;
}

RadiusLog in_norm(RadiusLog log, std::string_view norm) {
  if (log.norm == norm) return log;
  if (log.norm.empty() || !has_radii_in(log, log.norm)) {
    throw InputError("{}: has no radii that could be brought to {}", log.name, norm_symbol(norm));
  }
  for (RadiusRow& row : log.rows) {
    try {
      row.radius = radius_in_norm(row.radius, log.norm, norm, log.dimension);
    } catch (const InputError& error) {
      throw InputError("{}: {}", log.name, error.what());
    }
  }
  log.norm = norm;
  log.column.clear();
  return log;
}

void bring_to_one_norm(std::vector<RadiusLog>& logs, std::string_view asked) {
  if (!asked.empty()) {
    for (RadiusLog& log : logs) log = in_norm(std::move(log), asked);
    return;
  }
  for (const RadiusLog& log : logs) {
    const RadiusLog& first = logs.front();
    if (log.norm == first.norm || log.norm.empty() || first.norm.empty()) continue;
    throw InputError(
        "{} has {} radii and {} has {} radii, which do not compare; --norm {} or {} brings all to "
        "one norm: the largest ball of it within what is certified",
        first.name, norm_symbol(first.norm), log.name, norm_symbol(log.norm), first.norm, log.norm);
  }
}

bool of_other_data(const RadiusLog& a, const RadiusLog& b) {
  return !a.dataset.empty() && a.dataset == b.dataset && a.dataset_sha256 != b.dataset_sha256;
}

bool same_images(const RadiusLog& a, const RadiusLog& b) {
  const auto images_of = [](const RadiusLog& log) {
    std::vector<std::pair<std::int64_t, int>> images;
    for (const RadiusRow& row : log.rows) images.emplace_back(row.index, row.label);
    std::ranges::sort(images);
    return images;
  };
  return !of_other_data(a, b) && a.rows.size() == b.rows.size() && images_of(a) == images_of(b);
}

}  // namespace certify
