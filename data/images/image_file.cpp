#include "data/images/rgb_image.h"

#include <fmt/format.h>

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

}  // namespace

RgbImage decode_image(std::string_view file) {
  if (file.empty()) throw DataError("an empty file");
  if (file.starts_with("\x89PNG\r\n\x1a\n")) return decode_png(file);
  if (file.starts_with("\xFF\xD8\xFF")) return decode_jpeg(file);
  throw DataError("neither JPEG nor PNG, which are what is read");
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
