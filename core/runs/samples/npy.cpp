#include "core/runs/samples/npy.h"

#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

static_assert(std::endian::native == std::endian::little,
              "values are written as they lie in memory");

/// Magic, version, length, and a dictionary padded so that the data begin at a multiple of 64
/// bytes.
std::string header(const char* type, std::int64_t rows, std::int64_t columns) {
  constexpr std::size_t kPrefix = 10, kAlignment = 64;
  std::string dictionary = fmt::format(
      "{{'descr': '{}', 'fortran_order': False, 'shape': ({}, {}), }}", type, rows, columns);
  dictionary.append(kAlignment - (kPrefix + dictionary.size() + 1) % kAlignment, ' ');
  dictionary += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(dictionary.size() & 0xff);
  out += static_cast<char>(dictionary.size() >> 8);
  return out + dictionary;
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
