#include "data/idx/idx_file.h"

#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/unpack.h"

namespace certify {
namespace {

constexpr unsigned kUnsignedByte = 0x08;
constexpr std::size_t kMostBytes = std::size_t{1} << 30;  // 1.3 million images of 28 x 28

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::int64_t big_endian(std::string_view bytes, std::size_t at) {
  std::int64_t value = 0;
  for (std::size_t k = 0; k < 4; ++k) value = value << 8 | byte_at(bytes, at + k);
  return value;
}

/// @throws DataError without the file's name.
std::vector<std::int64_t> read_header(std::string_view bytes, int wanted) {
  const std::size_t header = 4 + 4 * static_cast<std::size_t>(wanted);
  if (bytes.size() < header) {
    throw DataError("{} bytes, expected a header of {}", bytes.size(), header);
  }
  const auto magic = static_cast<unsigned long>(big_endian(bytes, 0));
  const unsigned long expected = kUnsignedByte << 8 | static_cast<unsigned long>(wanted);
  if (magic != expected) {
    throw DataError("begins with {:08x}, expected {:08x}: IDX, unsigned bytes, {} dimension{}",
                    magic, expected, wanted, wanted == 1 ? "" : "s");
  }
  std::vector<std::int64_t> dimensions;
  for (std::size_t at = 4; at < header; at += 4) dimensions.push_back(big_endian(bytes, at));
  return dimensions;
}

/// @throws DataError without the file's name.
void check_size(std::size_t found, const std::vector<std::int64_t>& dimensions) {
  std::uint64_t elements = 1;
  for (const std::int64_t dimension : dimensions) {
    elements *= static_cast<std::uint64_t>(dimension);
    if (elements == 0 || elements > kMostBytes) {  // before the product can pass 64 bits
      throw DataError("its header says {}, which is no size of a data set",
                      fmt::join(dimensions, " x "));
    }
  }
  const std::uint64_t expected = 4 + 4 * dimensions.size() + elements;
  if (found == expected) return;
  throw DataError("{} bytes, expected {}: its header says {}", found, expected,
                  fmt::join(dimensions, " x "));
}

}  // namespace

IdxFile read_idx(const std::filesystem::path& file, int dimensions) {
  std::error_code ignored;  // what cannot be looked at is missing, too
  if (!std::filesystem::is_regular_file(file, ignored)) {
    throw DataError("{}: missing", file.string());
  }
  IdxFile out;
  out.content = read_file(file);
  const bool packed = is_gzip(out.content);
  try {
    if (packed) out.content = unpack_gzip(out.content, kMostBytes);
    out.dimensions = read_header(out.content, dimensions);
    check_size(out.content.size(), out.dimensions);
  } catch (const DataError& error) {
    throw DataError("{}{}: {}", file.string(), packed ? " (unpacked)" : "", error.what());
  }
  return out;
}

}  // namespace certify
