#pragma once
/// What Pillow reads in the pictures beside this file; scripts/make_image_golden.py made both.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/files.h"
#include "data/images/rgb_image.h"
#include "tests/support/source_dir.h"

namespace certify {

inline std::filesystem::path picture_folder() {
  return std::filesystem::path(CERTIFY_SOURCE_DIR) / "tests" / "data" / "images" / "fixtures";
}

inline const nlohmann::json& picture_golden() {
  static const auto golden =
      nlohmann::json::parse(read_file(picture_folder().parent_path() / "golden.json"));
  return golden;
}

inline std::string sha256_of_pixels(const RgbImage& image) {
  return sha256_of({reinterpret_cast<const char*>(image.bytes.data()), image.bytes.size()});
}

}  // namespace certify
