#pragma once
/// NumPy's .npz: a zip archive whose members are .npy files, as they are or deflated.
/// Source: PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace certify {

class NpzFile {
 public:
  static bool begins(std::string_view bytes) { return bytes.starts_with("PK\3\4"); }

  /// Reads the table of members. The bytes must outlive the file.
  /// @throws DataError, without a place, where the table is missing or damaged.
  explicit NpzFile(std::string_view bytes);

  /// By array name: of x_test.npy "x_test". Sorted.
  std::vector<std::string> names() const;
  bool has(std::string_view name) const { return members_.contains(name); }

  /// The bytes of a .npy file, their checksum looked at.
  struct Member {
    std::string_view npy;
    std::shared_ptr<const std::string> unpacked;  ///< what `npy` is of; null: the file itself
  };
  /// @throws DataError, without a place, for a member that is missing, encrypted, packed in another
  /// way than by deflate, damaged or out of the file.
  Member member(std::string_view name) const;

 private:
  struct Entry {
    std::uint64_t header = 0, packed = 0, size = 0;
    std::uint32_t checksum = 0;
    std::uint16_t flags = 0, method = 0;
  };
  std::string_view packed_bytes(const Entry& entry) const;

  std::string_view bytes_;
  std::map<std::string, Entry, std::less<>> members_;
};

}  // namespace certify
