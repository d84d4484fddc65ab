#pragma once
/// Reads bytes one behind the other and never past their end.

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/base/errors.h"

namespace certify {

static_assert(std::endian::native == std::endian::little, "numbers in files are little-endian");

class ByteReader {
 public:
  /// @param what  that the bytes are, for messages: "its table of records"
  ByteReader(std::string_view bytes, std::string_view what) : left_(bytes), what_(what) {}

  bool at_end() const { return left_.empty(); }
  std::string_view left() const { return left_; }

  /// @throws DataError if there are not so many.
  std::string_view take(std::uint64_t count) {
    if (count > left_.size()) {
      throw DataError("{} ends too early: {} more bytes are missing", what_, count - left_.size());
    }
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  /// A little-endian number. @throws DataError as take().
  template <class T>
  requires std::integral<T> || std::floating_point<T> T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

 private:
  std::string_view left_;
  std::string_view what_;
};

}  // namespace certify
