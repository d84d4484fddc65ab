#pragma once
/// The records of a zip archive: of torch's files, which pack nothing, and of NumPy's .npz.
/// Source: PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace certify {

class ZipArchive {
 public:
  /// Whether a file begins as a zip archive does.
  static bool begins(std::string_view bytes) { return bytes.starts_with("PK\3\4"); }

  /// Reads the table of records. The bytes must outlive the archive.
  /// @throws DataError (without the file's name) without a whole table, as when the end of the file
  /// is missing, and for a name that is there twice.
  explicit ZipArchive(std::string_view bytes);

  std::vector<std::string> names() const;  ///< sorted

  /// As it is in the archive, neither compressed nor encrypted. @pre one of names()
  bool is_plain(std::string_view name) const;

  struct Record {
    std::string_view bytes;
    std::shared_ptr<const std::string> unpacked;  ///< what `bytes` is of; null: the archive itself
  };
  enum class Checksum { kRequired, kMayBeMissing };  ///< missing: a zero stands in its place
  /// @throws DataError (without the file's name) for a record that is missing, encrypted, packed in
  /// another way than by deflate, damaged or out of the file.
  Record record(std::string_view name, Checksum checksum = Checksum::kRequired) const;

 private:
  struct Entry {
    std::uint64_t header = 0, packed = 0, size = 0;
    std::uint32_t checksum = 0;
    std::uint16_t flags = 0, method = 0;
  };
  std::string_view bytes_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace certify
