#include "core/curves/radius_log.h"

#include <algorithm>

namespace certify {
namespace {

std::vector<std::int64_t> images_of(const RadiusLog& log) {
  std::vector<std::int64_t> images;
  for (const RadiusRow& row : log.rows) images.push_back(row.index);
  std::sort(images.begin(), images.end());
  return images;
}

}  // namespace

bool same_images(const RadiusLog& a, const RadiusLog& b) {
  return a.rows.size() == b.rows.size() && images_of(a) == images_of(b);
}

}  // namespace certify
