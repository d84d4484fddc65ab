#include "models/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "core/base/errors.h"
#include "models/byte_reader.h"

// Field by field after PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3.

namespace certify {
namespace {

constexpr std::string_view kTable = "its table of records";

struct Table {
  std::uint64_t entries, size, offset;
};

/// What the end of the archive says of its table.
Table find_table(std::string_view bytes) {
  constexpr std::size_t kEndSize = 22, kLocatorSize = 20;
  const std::size_t end = bytes.rfind("PK\5\6");
  if (end == std::string_view::npos || bytes.size() - end < kEndSize) {
    throw DataError("the end of the archive is missing: the file is not whole");
  }
  if (end >= kLocatorSize && bytes.substr(end - kLocatorSize).starts_with("PK\6\7")) {
    ByteReader locator(bytes.substr(end - kLocatorSize + 8), kTable);
    const auto at = locator.number<std::uint64_t>();
    if (at >= bytes.size() || !bytes.substr(at).starts_with("PK\6\6")) {
      throw DataError("{} is not where the archive's end says", kTable);
    }
    ByteReader large(bytes.substr(at), kTable);
    large.take(32);
    const auto entries = large.number<std::uint64_t>(), size = large.number<std::uint64_t>();
    return {entries, size, large.number<std::uint64_t>()};
  }
  ByteReader small(bytes.substr(end), kTable);
  small.take(10);
  const auto entries = small.number<std::uint16_t>();
  const auto size = small.number<std::uint32_t>();
  return {entries, size, small.number<std::uint32_t>()};
}

/// The numbers that did not fit in 32 bits stand in an extra field, in this order.
void read_large_numbers(std::string_view extra, std::uint64_t& size, std::uint64_t& stored,
                        std::uint64_t& header) {
  constexpr std::uint16_t kLargeNumbers = 1;
  constexpr std::uint64_t kElsewhere = std::numeric_limits<std::uint32_t>::max();
  ByteReader fields(extra, kTable);
  while (!fields.at_end()) {
    const auto id = fields.number<std::uint16_t>();
    ByteReader field(fields.take(fields.number<std::uint16_t>()), kTable);
    if (id != kLargeNumbers) continue;
    for (std::uint64_t* number : {&size, &stored, &header}) {
      if (*number == kElsewhere) *number = field.number<std::uint64_t>();
    }
  }
}

std::string_view without_top_folder(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

}  // namespace

ZipArchive::ZipArchive(std::string_view bytes) : bytes_(bytes) {
  const Table found = find_table(bytes);
  if (found.offset > bytes.size() || found.size > bytes.size() - found.offset) {
    throw DataError("{} is out of the file", kTable);
  }
  ByteReader table(bytes.substr(found.offset, found.size), kTable);
  for (std::uint64_t i = 0; i < found.entries; ++i) {
    if (table.take(4) != "PK\1\2") throw DataError("{} is damaged", kTable);
    table.take(4);
    const bool encrypted = (table.number<std::uint16_t>() & 1) != 0;
    const bool compressed = table.number<std::uint16_t>() != 0;
    table.take(4);
    Entry entry{.checksum = table.number<std::uint32_t>()};
    std::uint64_t stored = table.number<std::uint32_t>();
    entry.size = table.number<std::uint32_t>();
    const auto name_size = table.number<std::uint16_t>();
    const auto extra_size = table.number<std::uint16_t>();
    const auto comment_size = table.number<std::uint16_t>();
    table.take(8);
    entry.header = table.number<std::uint32_t>();
    const std::string_view name = table.take(name_size);
    read_large_numbers(table.take(extra_size), entry.size, stored, entry.header);
    table.take(comment_size);
    entry.plain = !encrypted && !compressed && stored == entry.size;
    if (!entries_.emplace(without_top_folder(name), entry).second) {
      throw DataError("{} has {} twice", kTable, name);
    }
  }
}

bool ZipArchive::has_below(std::string_view folder) const {
  const auto first = entries_.lower_bound(folder);
  return first != entries_.end() && first->first.starts_with(folder);
}

std::vector<std::string> ZipArchive::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

std::string_view ZipArchive::record(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) throw DataError("its record {} is missing", name);
  const Entry& entry = found->second;
  if (!entry.plain) {
    throw DataError("its record {} is compressed, which torch never does: unpack it and save again",
                    name);
  }
  const std::string what = fmt::format("its record {}", name);
  if (entry.header > bytes_.size()) throw DataError("{} is out of the file", what);
  ByteReader reader(bytes_.substr(entry.header), what);
  if (reader.take(4) != "PK\3\4") throw DataError("{} is not where the archive's table says", what);
  reader.take(22);
  const auto name_size = reader.number<std::uint16_t>();
  reader.take(std::uint64_t{reader.number<std::uint16_t>()} + name_size);
  const std::string_view content = reader.take(entry.size);
  // torch.serialization.set_crc32_options(False) leaves a zero.
  if (entry.checksum != 0 && crc32_z(0, reinterpret_cast<const Bytef*>(content.data()),
                                     content.size()) != entry.checksum) {
    throw DataError("{} is damaged: its checksum is another", what);
  }
  return content;
}

}  // namespace certify
