#include "data/arrays/stored_array.h"

#include <charconv>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace certify {
namespace {

constexpr std::string_view kEnding = ".npy";  // of a .npz's records

/// Of an element: "<f4" has 4, "|u1" 1. @throws DataError where the type is none of plain numbers.
std::size_t bytes_of(const std::string& type) {
  std::size_t bytes = 0;
  if (type.size() > 2) {
    const auto [end, error] = std::from_chars(type.data() + 2, type.data() + type.size(), bytes);
    if (error != std::errc() || end != type.data() + type.size()) bytes = 0;
  }
  if (bytes == 0 || bytes > 32) throw DataError("of type {}, expected plain numbers", type);
  return bytes;
}

/// @throws DataError, without a place.
void check(const NpyView& array) {
  if (array.type.starts_with('>')) {
    throw DataError("of type {} (big-endian); x.astype(x.dtype.newbyteorder('<')) turns it round",
                    array.type);
  }
  if (array.fortran_order) {
    throw DataError("in Fortran order; numpy.ascontiguousarray() brings it into C order");
  }
  if (array.shape.empty()) throw DataError("a single number, expected an array");
  std::size_t bytes = bytes_of(array.type);
  for (const std::int64_t length : array.shape) {
    const auto factor = static_cast<std::size_t>(length);
    if (factor == 0) throw DataError("of shape ({}): empty", fmt::join(array.shape, ", "));
    if (bytes > std::numeric_limits<std::size_t>::max() / factor) {
      throw DataError("of shape ({}), which no file can hold", fmt::join(array.shape, ", "));
    }
    bytes *= factor;
  }
  if (array.values.size() == bytes) return;
  throw DataError("{} bytes of values, expected {}: {} of shape ({})", array.values.size(), bytes,
                  array.type, fmt::join(array.shape, ", "));
}

}  // namespace

ArrayFile::ArrayFile(const std::filesystem::path& path)
    : path_(path), file_(std::make_shared<MappedFile>(path)) {
  if (!ZipArchive::begins(file_->bytes())) return;
  try {
    named_ = std::make_shared<ZipArchive>(file_->bytes());
    if (!names().empty()) return;
    throw DataError(
        "an archive without arrays, as torch.save() writes one; expected .npy, which "
        "numpy.save(\"x.npy\", tensor.numpy()) writes, or .npz");
  } catch (const DataError& error) {
    throw DataError("{}: {}", path.string(), error.what());
  }
}

std::vector<std::string> ArrayFile::names() const {
  std::vector<std::string> names;
  if (!named_) return names;
  for (const std::string& record : named_->names()) {
    if (!record.ends_with(kEnding)) continue;
    names.push_back(record.substr(0, record.size() - kEnding.size()));
  }
  return names;
}

StoredArray ArrayFile::array(const std::string& name) const {
  StoredArray array;
  array.place = path_.string() + (name.empty() ? "" : ": " + name);
  array.held = file_;
  try {
    std::string_view npy = file_->bytes();
    if (named_) {
      const ZipArchive::Record record = named_->record(name + std::string(kEnding));
      npy = record.bytes;
      if (record.unpacked) array.held = record.unpacked;
    }
    array.view = parse_npy(npy);
    check(array.view);
  } catch (const DataError& error) {
    throw DataError("{}: {}", array.place, error.what());
  }
  return array;
}

}  // namespace certify
