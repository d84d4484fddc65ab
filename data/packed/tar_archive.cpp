#include "data/packed/tar_archive.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/base/errors.h"

namespace certify {
namespace {

constexpr std::size_t kBlock = 512;  // of a header; contents are filled up to a multiple

/// Up to the first zero byte.
std::string_view text_in(std::string_view field) { return field.substr(0, field.find('\0')); }

/// Octal digits, between blanks and zero bytes. Nothing where it is another text.
std::optional<std::uint64_t> octal_in(std::string_view field) {
  std::uint64_t value = 0;
  bool any = false;
  for (const char c : field) {
    if (c >= '0' && c <= '7') {
      value = value * 8 + static_cast<std::uint64_t>(c - '0');
      any = true;
    } else if (c != ' ' && c != '\0') {
      return std::nullopt;
    } else if (any) {
      break;
    }
  }
  return any ? std::optional(value) : std::nullopt;
}

struct Header {
  std::string name;
  std::uint64_t size;
  char type;
};

/// Of all bytes, those of the sum itself counted as blanks.
std::uint64_t sum_of(std::string_view block) {
  constexpr std::size_t kFirst = 148, kEnd = 156;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    sum += i >= kFirst && i < kEnd ? std::uint64_t{' '} : static_cast<unsigned char>(block[i]);
  }
  return sum;
}

Header header_in(std::string_view block, std::size_t at) {
  const auto sum = octal_in(block.substr(148, 8));
  const auto size = octal_in(block.substr(124, 12));
  if (!sum || *sum != sum_of(block)) {
    throw DataError("byte {}: no header of a tar archive: its checksum is another", at);
  }
  if (!size) throw DataError("byte {}: the size of a file is no octal number", at);
  std::string name(text_in(block.substr(0, 100)));
  const std::string_view folder = text_in(block.substr(345, 155));
  if (block.substr(257).starts_with(std::string_view("ustar\0", 6)) && !folder.empty()) {
    name = std::string(folder) + "/" + name;
  }
  return {std::move(name), *size, block[156]};
}

/// The path among pax's records "LENGTH KEY=VALUE\n"; empty where there is none.
std::string pax_path(std::string_view records) {
  constexpr std::string_view kKey = " path=";
  std::string path;
  while (!records.empty()) {
    const std::string_view line = records.substr(0, records.find('\n'));
    const std::size_t key = line.find(kKey);
    if (key != line.npos && key == line.find(' ')) path = line.substr(key + kKey.size());
    records.remove_prefix(std::min(records.size(), line.size() + 1));
  }
  return path;
}

}  // namespace

TarArchive::TarArchive(std::string_view bytes) {
  std::string long_name;  // of the next file, from a block before it
  std::size_t at = 0;
  for (;;) {
    if (bytes.size() - at < kBlock) {
      throw DataError("cut short: the tar archive ends at byte {}, where another header must be",
                      bytes.size());
    }
    const std::string_view block = bytes.substr(at, kBlock);
    if (block.find_first_not_of('\0') == block.npos) return;  // the end
    const Header header = header_in(block, at);
    at += kBlock;
    if (header.size > bytes.size() - at) {
      throw DataError("cut short: {} has {} bytes, expected {}", header.name, bytes.size() - at,
                      header.size);
    }
    const std::string_view content = bytes.substr(at, header.size);
    at += std::min<std::size_t>((header.size + kBlock - 1) / kBlock * kBlock, bytes.size() - at);
    if (header.type == 'L') {
      long_name = text_in(content);
    } else if (header.type == 'x') {
      long_name = pax_path(content);
    } else {
      const std::string name = long_name.empty() ? header.name : long_name;
      long_name.clear();
      if (header.type != '0' && header.type != '\0') continue;
      if (!files_.emplace(name, content).second) throw DataError("{} is there twice", name);
    }
  }
}

}  // namespace certify
