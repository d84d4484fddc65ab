#pragma once
/// Zip archives as torch writes them: one folder at the top, nothing packed.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/packed/zip_archive.h"

namespace certify {

/// Names are without the folder at the top: torch calls that like the file, and readers need not
/// know.
class TorchArchive {
 public:
  /// The bytes must outlive the archive. @throws DataError as ZipArchive()
  explicit TorchArchive(std::string_view bytes);

  bool has(std::string_view name) const { return names_.contains(name); }
  bool has_below(std::string_view folder) const;  ///< "code/"
  std::vector<std::string> names() const;

  /// Views the archive's bytes. @throws DataError as ZipArchive::record(), and for a packed record.
  std::string_view record(std::string_view name) const;

  /// Reads every record, packed ones too. @throws DataError as ZipArchive::record()
  void check() const;

 private:
  ZipArchive archive_;
  std::map<std::string, std::string, std::less<>> names_;  ///< short to whole
};

}  // namespace certify
