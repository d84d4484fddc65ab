#pragma once
/// The records of a zip archive as torch writes them: one folder at the top, nothing compressed.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace certify {

class ZipArchive {
 public:
  /// Whether a file begins as a zip archive does.
  static bool begins(std::string_view bytes) { return bytes.starts_with("PK\3\4"); }

  /// Reads the table of records. The bytes must outlive the archive.
  /// @throws DataError without a whole table, as when the end of the file is missing.
  explicit ZipArchive(std::string_view bytes);

  /// Names without the folder at the top: torch calls that like the file, and readers need not
  /// know.
  bool has(std::string_view name) const { return entries_.contains(name); }
  bool has_below(std::string_view folder) const;  ///< "code/"
  std::vector<std::string> names() const;

  /// The bytes of a record, with the checksum looked at where there is one.
  /// @throws DataError for a record that is missing, compressed, encrypted, damaged or out of the
  /// file.
  std::string_view record(std::string_view name) const;

 private:
  struct Entry {
    std::uint64_t header = 0, size = 0;
    std::uint32_t checksum = 0;
    bool plain = false;  ///< neither compressed nor encrypted
  };
  std::string_view bytes_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace certify
