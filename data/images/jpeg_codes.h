#pragma once
/// Markers and Huffman codes of JPEG files (ITU-T T.81, annexes B, C and F), for lossless_jpeg.cpp.
/// Each function throws DataError (without a file's name) where the file is cut short or damaged.

#include <array>
#include <string_view>
#include <vector>

#include "core/base/errors.h"

namespace certify {

/// A file from front to back.
class JpegBytes {
 public:
  explicit JpegBytes(std::string_view file) : left_(file) {}

  std::string_view take(std::size_t count) {
    if (count > left_.size()) throw DataError("the file is truncated");
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }
  int u8() { return static_cast<unsigned char>(take(1)[0]); }
  int u16() {
    const int high = u8();
    return 256 * high + u8();
  }
  bool at_end() const { return left_.empty(); }
  std::string_view rest() const { return left_; }

  int marker() {
    if (u8() != 0xFF) throw DataError("something else where a marker must be");
    int marker = u8();
    while (marker == 0xFF) marker = u8();
    return marker;
  }

  /// What belongs to a marker.
  JpegBytes content() {
    const int size = u16();
    if (size < 2) throw DataError("a segment of {} bytes", size);
    return JpegBytes(take(static_cast<std::size_t>(size - 2)));
  }

 private:
  std::string_view left_;
};

/// The coded bits of a scan. A zero that follows 255 is none of them.
class JpegBits {
 public:
  explicit JpegBits(JpegBytes& bytes) : bytes_(bytes) {}

  int next() {
    if (left_ == 0) {
      byte_ = bytes_.u8();
      if (byte_ == 0xFF && bytes_.u8() != 0) throw DataError("a scan ends before its last pixel");
      left_ = 8;
    }
    return byte_ >> --left_ & 1;
  }

  int next(int count) {
    int value = 0;
    for (; count > 0; --count) value = 2 * value + next();
    return value;
  }

  /// Takes the mark behind the bits, the count-th of eight in turns; the rest of a byte is fill.
  void expect_restart(int count) {
    left_ = 0;
    if (bytes_.marker() != 0xD0 + count % 8) throw DataError("a restart mark is missing");
  }

 private:
  JpegBytes& bytes_;
  int byte_ = 0;
  int left_ = 0;  ///< bits of it
};

class JpegHuffmanTable {
 public:
  explicit JpegHuffmanTable(JpegBytes& bytes) {
    int symbols = 0;
    for (std::size_t length = 1; length < counts_.size(); ++length) {
      counts_[length] = bytes.u8();
      symbols += counts_[length];
    }
    for (; symbols > 0; --symbols) symbols_.push_back(bytes.u8());
  }

  /// The difference that the next bits code: its size, and as many bits of its value.
  int difference(JpegBits& bits) const {
    const int size = symbol(bits);
    if (size == 0) return 0;
    if (size == 16) return 32768;
    const int value = bits.next(size);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

 private:
  /// Codes of one length follow each other, those of the next begin where they end.
  int symbol(JpegBits& bits) const {
    int code = 0, first = 0;
    std::size_t before = 0;
    for (std::size_t length = 1; length < counts_.size(); ++length) {
      code += bits.next();
      if (code - first < counts_[length]) {
        const int symbol = symbols_[before + static_cast<std::size_t>(code - first)];
        if (symbol > 16) break;
        return symbol;
      }
      before += static_cast<std::size_t>(counts_[length]);
      first = 2 * (first + counts_[length]);
      code *= 2;
    }
    throw DataError("bits that are no code");
  }

  std::array<int, 17> counts_{};  ///< of codes, by their length
  std::vector<int> symbols_;
};

}  // namespace certify
