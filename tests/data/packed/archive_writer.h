#pragma once
/// Files as other programs leave them, written for tests: Python 2's pickles, tar archives and
/// MATLAB's variables. tests/data/forms_test.py checks that NumPy, torchvision and SciPy read the
/// same kind of bytes.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace certify {

template <class T>
std::string raw(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// Opcode by opcode what cPickle wrote of a batch of CIFAR by protocol 2.
class Python2Pickle {
 public:
  Python2Pickle& key(std::string_view name) { return text(name); }
  Python2Pickle& text(std::string_view t) {
    bytes_ += t.size() < 256 ? 'U' + raw(static_cast<std::uint8_t>(t.size()))
                             : 'T' + raw(static_cast<std::uint32_t>(t.size()));
    bytes_ += t;
    return put();
  }
  Python2Pickle& number(std::int64_t n) {
    bytes_ += n >= 0 && n < 256     ? 'K' + raw(static_cast<std::uint8_t>(n))
              : n >= 0 && n < 65536 ? 'M' + raw(static_cast<std::uint16_t>(n))
                                    : 'J' + raw(static_cast<std::int32_t>(n));
    return *this;
  }
  Python2Pickle& numbers(const std::vector<int>& list) {
    bytes_ += ']';
    put();
    for (std::size_t i = 0; i < list.size(); i += 1000) {
      bytes_ += '(';
      for (std::size_t k = i; k < std::min(i + 1000, list.size()); ++k) number(list[k]);
      bytes_ += 'e';
    }
    return *this;
  }
  /// @param type  "u1" for bytes
  Python2Pickle& array(std::int64_t rows, std::int64_t columns, std::string_view values,
                       std::string_view type = "u1") {
    global("numpy.core.multiarray", "_reconstruct").global("numpy", "ndarray");
    number(0).op("\x85").put().text("b").op("\x87").put().op("R").put();
    op("(").number(1).number(rows).number(columns).op("\x86").put().global("numpy", "dtype");
    text(type).number(0).number(1).op("\x87").put().op("R").put();
    op("(").number(3).text("|").op("NNN").number(-1).number(-1).number(0).op("t").put().op("b");
    return op("\x89").text(values).op("t").put().op("b");
  }
  Python2Pickle& global(std::string_view module, std::string_view name) {
    return op("c").op(module).op("\n").op(name).op("\n").put();
  }
  Python2Pickle& op(std::string_view code) {
    bytes_ += code;
    return *this;
  }
  /// Of the keys and values so far.
  std::string dictionary() const { return "\x80\x02}q\x01(" + bytes_ + "u."; }

 private:
  Python2Pickle& put() {
    ++memo_;
    bytes_ += memo_ < 256 ? 'q' + raw(static_cast<std::uint8_t>(memo_)) : 'r' + raw(memo_);
    return *this;
  }
  std::string bytes_;
  std::uint32_t memo_ = 1;
};

/// A header of ustar. @param type  '0' a file, '5' a folder, 'L' a long name, 'x' pax's records
inline std::string tar_header(std::string_view name, std::size_t size, char type) {
  std::string header(512, '\0');
  name.copy(header.data(), 100);
  fmt::format_to(header.data() + 100, "{:07o}", 0644);
  fmt::format_to(header.data() + 124, "{:011o}", size);
  header[156] = type;
  std::string_view(
      "ustar\0"
      "00",
      8)
      .copy(header.data() + 257, 8);
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  fmt::format_to(header.data() + 148, "{:06o}", sum);
  header[154] = '\0';
  return header;
}

inline std::string tar_entry(std::string_view name, std::string_view content, char type = '0') {
  std::string entry = tar_header(name, content.size(), type);
  entry += content;
  entry.resize((entry.size() + 511) / 512 * 512, '\0');
  return entry;
}

/// With the folder in front, as the archives have it, and the two empty blocks behind.
inline std::string tar(const std::string& folder,
                       const std::vector<std::pair<std::string, std::string>>& files) {
  std::string out = tar_entry(folder + "/", "", '5');
  for (const auto& [name, content] : files) out += tar_entry(folder + "/" + name, content);
  return out + std::string(1024, '\0');
}

inline std::string mat_element(std::uint32_t type, std::string_view bytes) {
  std::string out = raw(type) + raw(static_cast<std::uint32_t>(bytes.size()));
  out += bytes;
  out.resize((out.size() + 7) / 8 * 8, '\0');
  return out;
}

/// A variable. @param kind  of its class: 6 double, 9 uint8   @param type  of its values in the
/// file: 2 uint8, 9 double
inline std::string mat_variable(std::string_view name, const std::vector<std::int32_t>& shape,
                                std::uint32_t kind, std::uint32_t type, std::string_view values) {
  std::string lengths;
  for (const std::int32_t length : shape) lengths += raw(length);
  return mat_element(14, mat_element(6, raw(kind) + raw(std::uint32_t{0})) +
                             mat_element(5, lengths) + mat_element(1, name) +
                             mat_element(type, values));
}

inline std::string mat_header(std::string_view text = "MATLAB 5.0 MAT-file, Platform: GLNXA64") {
  std::string header(text);
  header.resize(124, ' ');
  return header + raw(std::uint16_t{0x0100}) + "IM";
}

}  // namespace certify
