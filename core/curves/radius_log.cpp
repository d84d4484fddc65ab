#include "core/curves/radius_log.h"

#include <algorithm>
#include <utility>

namespace certify {

bool has_method(const RadiusLog& log, std::string_view name) {
  return std::ranges::find(log.methods, name) != log.methods.end();
}

bool is_column_of_l2_radii(std::string_view column) {
  return column.empty() || column == "radius" || column == "radius_full";
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
