#include "core/runs/samples/npy.h"

#include <array>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/npy.h"

namespace certify {
namespace {

static_assert(std::endian::native == std::endian::little,
              "values are written as they lie in memory");

std::string header(const char* type, std::int64_t rows, std::int64_t columns) {
  return npy_header(type, std::array{rows, columns});
}

template <class T>
std::string write(const char* type, std::span<const T> values, std::int64_t rows,
                  std::int64_t columns) {
  std::string out = header(type, rows, columns);
  out.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  return out;
}

/// Only what write() makes is read, so the header can be compared instead of parsed.
template <class T>
std::vector<T> read(const char* type, std::string_view bytes, std::int64_t rows,
                    std::int64_t columns) {
  const std::string expected = header(type, rows, columns);
  if (bytes.substr(0, expected.size()) != expected) {
    throw DataError(fmt::format("not a {} matrix of {} × {}", type, rows, columns));
  }
  bytes.remove_prefix(expected.size());
  std::vector<T> values(static_cast<std::size_t>(rows * columns));
  if (bytes.size() != values.size() * sizeof(T)) {
    throw DataError(
        fmt::format("{} bytes of values, expected {}", bytes.size(), values.size() * sizeof(T)));
  }
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace

std::string to_npy(std::span<const float> values, std::int64_t rows, std::int64_t columns) {
  return write("<f4", values, rows, columns);
}
std::string to_npy(std::span<const std::int64_t> values, std::int64_t rows, std::int64_t columns) {
  return write("<i8", values, rows, columns);
}
std::vector<float> floats_from_npy(std::string_view bytes, std::int64_t rows,
                                   std::int64_t columns) {
  return read<float>("<f4", bytes, rows, columns);
}
std::vector<std::int64_t> integers_from_npy(std::string_view bytes, std::int64_t rows,
                                            std::int64_t columns) {
  return read<std::int64_t>("<i8", bytes, rows, columns);
}

}  // namespace certify
