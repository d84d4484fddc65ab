#include "data/packed/zip_archive.h"

#include <zlib.h>

#include <limits>

#include <fmt/format.h>

#include "core/base/byte_reader.h"
#include "core/base/errors.h"
#include "core/base/unpack.h"

namespace certify {
namespace {

constexpr std::string_view kTable = "its table of records";
constexpr std::uint16_t kEncrypted = 1, kStored = 0, kDeflated = 8;

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
void read_large_numbers(std::string_view extra, std::uint64_t& size, std::uint64_t& packed,
                        std::uint64_t& header) {
  constexpr std::uint16_t kLargeNumbers = 1;
  constexpr std::uint64_t kElsewhere = std::numeric_limits<std::uint32_t>::max();
  ByteReader fields(extra, kTable);
  while (!fields.at_end()) {
    const auto id = fields.number<std::uint16_t>();
    ByteReader field(fields.take(fields.number<std::uint16_t>()), kTable);
    if (id != kLargeNumbers) continue;
    for (std::uint64_t* number : {&size, &packed, &header}) {
      if (*number == kElsewhere) *number = field.number<std::uint64_t>();
    }
  }
}

/// What lies behind a record's own header, as the archive has it.
std::string_view packed_bytes(std::string_view archive, std::uint64_t header, std::uint64_t size,
                              std::string_view what) {
  if (header > archive.size()) throw DataError("{} is out of the file", what);
  ByteReader reader(archive.substr(header), what);
  if (reader.take(4) != "PK\3\4") throw DataError("{} is not where the archive's table says", what);
  reader.take(22);
  const auto name_size = reader.number<std::uint16_t>();
  reader.take(std::uint64_t{reader.number<std::uint16_t>()} + name_size);
  return reader.take(size);
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
    Entry entry;
    entry.flags = table.number<std::uint16_t>();
    entry.method = table.number<std::uint16_t>();
    table.take(4);
    entry.checksum = table.number<std::uint32_t>();
    entry.packed = table.number<std::uint32_t>();
    entry.size = table.number<std::uint32_t>();
    const auto name_size = table.number<std::uint16_t>();
    const auto extra_size = table.number<std::uint16_t>();
    const auto comment_size = table.number<std::uint16_t>();
    table.take(8);
    entry.header = table.number<std::uint32_t>();
    const std::string_view name = table.take(name_size);
    read_large_numbers(table.take(extra_size), entry.size, entry.packed, entry.header);
    table.take(comment_size);
    if (!entries_.emplace(name, entry).second) throw DataError("{} has {} twice", kTable, name);
  }
}

std::vector<std::string> ZipArchive::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

bool ZipArchive::is_plain(std::string_view name) const {
  const Entry& entry = entries_.find(name)->second;
  return entry.method == kStored && (entry.flags & kEncrypted) == 0;
}

ZipArchive::Record ZipArchive::record(std::string_view name, Checksum checksum) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) throw DataError("its record {} is missing", name);
  const Entry& entry = found->second;
  const std::string what = fmt::format("its record {}", name);
  if ((entry.flags & kEncrypted) != 0) throw DataError("{} is encrypted", what);
  if (entry.method != kStored && entry.method != kDeflated) {
    throw DataError("{} is packed by method {}, expected deflate or none", what, entry.method);
  }
  Record record{packed_bytes(bytes_, entry.header, entry.packed, what), nullptr};
  if (entry.method == kDeflated) {
    try {
      record.unpacked = std::make_shared<std::string>(unpack_deflate(record.bytes, entry.size));
    } catch (const DataError& error) {
      throw DataError("{}: {}", what, error.what());
    }
    record.bytes = *record.unpacked;
  }
  if (record.bytes.size() != entry.size) {
    throw DataError("{} has {} bytes, the archive's table says {}", what, record.bytes.size(),
                    entry.size);
  }
  if (checksum == Checksum::kMayBeMissing && entry.checksum == 0) return record;
  if (crc32_z(0, reinterpret_cast<const Bytef*>(record.bytes.data()), record.bytes.size()) !=
      entry.checksum) {
    throw DataError("{} is damaged: its checksum is another", what);
  }
  return record;
}

}  // namespace certify
