#include "core/curves/radius_log.h"

#include <algorithm>
#include <utility>

namespace certify {

bool has_method(const RadiusLog& log, std::string_view name) {
  return std::ranges::find(log.methods, name) != log.methods.end();
}

bool same_images(const RadiusLog& a, const RadiusLog& b) {
  const auto images_of = [](const RadiusLog& log) {
    std::vector<std::pair<std::int64_t, int>> images;
    for (const RadiusRow& row : log.rows) images.emplace_back(row.index, row.label);
    std::ranges::sort(images);
    return images;
  };
  return a.rows.size() == b.rows.size() && images_of(a) == images_of(b);
}

}  // namespace certify
