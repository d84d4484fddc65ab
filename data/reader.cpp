#include "data/reader.h"

#include <system_error>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace fs = std::filesystem;

bool is_train(const DatasetRequest& request) {
  if (request.split == "train") return true;
  if (request.split == "test") return false;
  throw InputError(fmt::format("{} has no split '{}': test or train", request.name, request.split));
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

void check_label(unsigned label, std::size_t classes, const fs::path& file, std::int64_t record) {
  if (label < classes) return;
  throw DataError(fmt::format("{}: record {}: label {}, expected 0 to {}", file.string(), record,
                              label, classes - 1));
}

}  // namespace certify
