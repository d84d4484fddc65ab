#include "data/images/rgb_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "core/base/errors.h"
#include "core/base/files.h"

namespace certify {
namespace fs = std::filesystem;
namespace {

/// Opening a pipe would wait for ever. A file that has gone is no damaged picture: its disk may
/// have.
void refuse_what_is_no_file(const fs::path& path) {
  std::error_code error;  // other reasons are for read_file() to say
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    throw IoError("{}: no such file", path.string());
  }
  if (fs::exists(status) && !fs::is_regular_file(status)) throw DataError("not a regular file");
}

/// Either order of bytes, with offsets of 32 or 64 bits.
bool is_tiff(std::string_view file) {
  using namespace std::string_view_literals;
  constexpr std::array kBegins{"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv};
  return std::ranges::any_of(kBegins, [&](auto begin) { return file.starts_with(begin); });
}

bool is_webp(std::string_view file) {
  return file.size() >= 12 && file.starts_with("RIFF") && file.substr(8, 4) == "WEBP";
}

bool is_pnm(std::string_view file) {
  return file.size() > 2 && file[0] == 'P' && file[1] >= '1' && file[1] <= '6';
}

}  // namespace

RgbImage decode_image(std::string_view file) {
  if (file.empty()) throw DataError("an empty file");
  if (file.starts_with("\x89PNG\r\n\x1a\n")) return decode_png(file);
  if (file.starts_with("\xFF\xD8\xFF")) return decode_jpeg(file);
  if (file.starts_with("BM")) return decode_bmp(file);
  if (is_tiff(file)) return decode_tiff(file);
  if (is_webp(file)) return decode_webp(file);
  if (is_pnm(file)) return decode_pnm(file);
  throw DataError("neither JPEG, PNG, BMP, TIFF, WebP, PBM, PGM nor PPM, which are what is read");
}

RgbImage read_image(const fs::path& path) {
  try {
    refuse_what_is_no_file(path);
    return decode_image(read_file(path));
  } catch (const DataError& error) {
    throw DataError("{}: {}", path.string(), error.what());
  }
}

}  // namespace certify
