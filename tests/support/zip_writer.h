#pragma once
/// Zip archives as torch writes them: nothing compressed, every record's place in 64 bits or not.

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace certify {

class ZipWriter {
 public:
  enum class Numbers { k32Bits, k64Bits };
  explicit ZipWriter(Numbers numbers = Numbers::k32Bits) : large_(numbers == Numbers::k64Bits) {}

  ZipWriter& add(std::string_view name, std::string_view content, std::uint16_t method = 0) {
    const auto checksum = static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()));
    const std::uint64_t header = file_.size(), size = content.size();
    file_ += "PK\3\4";
    put(file_, std::uint64_t{0});  // version, flags, method, time
    put(file_, std::uint16_t{0});
    put(file_, checksum);
    put(file_, static_cast<std::uint32_t>(size));
    put(file_, static_cast<std::uint32_t>(size));
    put(file_, static_cast<std::uint16_t>(name.size()));
    put(file_, std::uint16_t{0});
    file_.append(name).append(content);

    table_ += "PK\1\2";
    put(table_, std::uint32_t{0});
    put(table_, std::uint16_t{0});  // flags
    put(table_, method);
    put(table_, std::uint32_t{0});
    put(table_, checksum);
    for (int i = 0; i < 2; ++i) put(table_, large_ ? kElsewhere : static_cast<std::uint32_t>(size));
    put(table_, static_cast<std::uint16_t>(name.size()));
    put(table_, static_cast<std::uint16_t>(large_ ? 28 : 0));
    put(table_, std::uint16_t{0});
    put(table_, std::uint64_t{0});
    put(table_, large_ ? kElsewhere : static_cast<std::uint32_t>(header));
    table_.append(name);
    if (large_) {
      put(table_, std::uint16_t{1});
      put(table_, std::uint16_t{24});
      for (const std::uint64_t number : {size, size, header}) put(table_, number);
    }
    ++entries_;
    return *this;
  }

  std::string bytes() const {
    std::string out = file_ + table_;
    if (large_) {
      const std::uint64_t end = out.size();
      out += "PK\6\6";
      out.append(20, '\0');
      for (const std::uint64_t number :
           {entries_, entries_, std::uint64_t{table_.size()}, std::uint64_t{file_.size()}}) {
        put(out, number);
      }
      out += "PK\6\7";
      put(out, std::uint32_t{0});
      put(out, end);
      put(out, std::uint32_t{1});
    }
    out += "PK\5\6";
    put(out, std::uint32_t{0});
    for (int i = 0; i < 2; ++i) put(out, static_cast<std::uint16_t>(large_ ? 0xffff : entries_));
    put(out, large_ ? kElsewhere : static_cast<std::uint32_t>(table_.size()));
    put(out, large_ ? kElsewhere : static_cast<std::uint32_t>(file_.size()));
    put(out, std::uint16_t{0});
    return out;
  }

 private:
  static constexpr std::uint32_t kElsewhere = 0xffffffff;
  template <class T>
  static void put(std::string& out, T number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  bool large_;
  std::string file_, table_;
  std::uint64_t entries_ = 0;
};

}  // namespace certify
