#include "data/arrays/npz_file.h"

#include <zlib.h>

#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "core/base/errors.h"
#include "data/packed/unpack.h"

namespace certify {
namespace {

constexpr std::string_view kEnding = ".npy";

/// `count` bytes from `at`. @throws DataError where the file has not so many.
std::string_view part(std::string_view bytes, std::uint64_t at, std::uint64_t count) {
  if (at <= bytes.size() && count <= bytes.size() - at) return bytes.substr(at, count);
  throw DataError("the archive is cut short, or damaged");
}

/// A little-endian number. @throws as part().
template <class T>
T number(std::string_view bytes, std::uint64_t at) {
  T value;
  std::memcpy(&value, part(bytes, at, sizeof value).data(), sizeof value);
  return value;
}

/// Where the table of members lies, and how many it has.
struct Table {
  std::uint64_t members, size, offset;
};

Table find_table(std::string_view bytes) {
  constexpr std::uint64_t kLocatorSize = 20, kEndSize = 22;
  const std::size_t end = bytes.rfind("PK\5\6");
  if (end == bytes.npos) throw DataError("the end of the archive is missing: it is not whole");
  part(bytes, end, kEndSize);
  if (end >= kLocatorSize && part(bytes, end - kLocatorSize, 4) == "PK\6\7") {
    const auto large = number<std::uint64_t>(bytes, end - kLocatorSize + 8);
    if (part(bytes, large, 4) != "PK\6\6") throw DataError("the archive's end is damaged");
    return {number<std::uint64_t>(bytes, large + 32), number<std::uint64_t>(bytes, large + 40),
            number<std::uint64_t>(bytes, large + 48)};
  }
  return {number<std::uint16_t>(bytes, end + 10), number<std::uint32_t>(bytes, end + 12),
          number<std::uint32_t>(bytes, end + 16)};
}

/// Numbers that did not fit in 32 bits stand in an extra field, in this order.
void read_large_numbers(std::string_view extra, std::uint64_t& size, std::uint64_t& packed,
                        std::uint64_t& header) {
  constexpr std::uint16_t kLargeNumbers = 1;
  while (!extra.empty()) {
    const auto id = number<std::uint16_t>(extra, 0);
    const auto length = number<std::uint16_t>(extra, 2);
    const std::string_view field = part(extra, 4, length);
    extra.remove_prefix(4 + std::size_t{length});
    if (id != kLargeNumbers) continue;
    std::uint64_t at = 0;
    for (std::uint64_t* value : {&size, &packed, &header}) {
      if (*value != std::numeric_limits<std::uint32_t>::max()) continue;
      *value = number<std::uint64_t>(field, at);
      at += sizeof *value;
    }
  }
}

}  // namespace

NpzFile::NpzFile(std::string_view bytes) : bytes_(bytes) {
  const Table found = find_table(bytes);
  const std::string_view table = part(bytes, found.offset, found.size);
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < found.members; ++i) {
    constexpr std::uint64_t kFixed = 46;
    if (part(table, at, 4) != "PK\1\2") throw DataError("the archive's table is damaged");
    Entry entry{.header = number<std::uint32_t>(table, at + 42),
                .packed = number<std::uint32_t>(table, at + 20),
                .size = number<std::uint32_t>(table, at + 24),
                .checksum = number<std::uint32_t>(table, at + 16),
                .flags = number<std::uint16_t>(table, at + 8),
                .method = number<std::uint16_t>(table, at + 10)};
    const auto name_size = number<std::uint16_t>(table, at + 28);
    const auto extra_size = number<std::uint16_t>(table, at + 30);
    const auto comment_size = number<std::uint16_t>(table, at + 32);
    std::string_view name = part(table, at + kFixed, name_size);
    read_large_numbers(part(table, at + kFixed + name_size, extra_size), entry.size, entry.packed,
                       entry.header);
    at += kFixed + name_size + extra_size + comment_size;
    if (!name.ends_with(kEnding)) continue;
    name.remove_suffix(kEnding.size());
    if (!members_.emplace(name, entry).second) throw DataError("{}.npy is there twice", name);
  }
}

std::vector<std::string> NpzFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : members_) names.push_back(name);
  return names;
}

std::string_view NpzFile::packed_bytes(const Entry& entry) const {
  constexpr std::uint64_t kFixed = 30;
  if (part(bytes_, entry.header, 4) != "PK\3\4") throw DataError("is not where the table says");
  const std::uint64_t names = std::uint64_t{number<std::uint16_t>(bytes_, entry.header + 26)} +
                              number<std::uint16_t>(bytes_, entry.header + 28);
  return part(bytes_, entry.header + kFixed + names, entry.packed);
}

NpzFile::Member NpzFile::member(std::string_view name) const {
  constexpr std::uint16_t kEncrypted = 1, kStored = 0, kDeflated = 8;
  const auto found = members_.find(name);
  if (found == members_.end()) throw DataError("is missing");
  const Entry& entry = found->second;
  if ((entry.flags & kEncrypted) != 0) throw DataError("is encrypted");
  if (entry.method != kStored && entry.method != kDeflated) {
    throw DataError("is packed by method {}, expected deflate or none, as NumPy does",
                    entry.method);
  }
  Member member{packed_bytes(entry), nullptr};
  if (entry.method == kDeflated) {
    member.unpacked = std::make_shared<std::string>(unpack_deflate(member.npy, entry.size));
    member.npy = *member.unpacked;
  }
  if (member.npy.size() != entry.size) {
    throw DataError("{} bytes, the archive's table says {}", member.npy.size(), entry.size);
  }
  if (crc32_z(0, reinterpret_cast<const Bytef*>(member.npy.data()), member.npy.size()) !=
      entry.checksum) {
    throw DataError("is damaged: its checksum is another");
  }
  return member;
}

}  // namespace certify
