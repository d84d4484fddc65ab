#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace certify {

/// The files of a tar archive, where they lie in its bytes. Own code, as the library for it brings
/// a dozen others that a GPU node would have to carry.
/// Source: POSIX.1-1988, ustar; long names as GNU tar and pax write them.
class TarArchive {
 public:
  /// The bytes must outlive the archive. Folders, links and devices are passed over.
  /// @throws DataError (without the file's name), saying at which byte, for what is no tar, is
  /// damaged in a header or cut short, and for a name that is there twice.
  explicit TarArchive(std::string_view bytes);

  /// By their whole names: "cifar-10-batches-py/test_batch".
  const std::map<std::string, std::string_view, std::less<>>& files() const { return files_; }

 private:
  std::map<std::string, std::string_view, std::less<>> files_;
};

}  // namespace certify
