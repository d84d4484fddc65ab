#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/files.h"
#include "core/base/npy.h"
#include "data/packed/zip_archive.h"

namespace certify {

/// An array where it lies: in a mapped file, or, where that has it deflated, in memory.
struct StoredArray {
  std::string place;  ///< for messages: "x.npy", "data.npz: x_test"
  NpyView view;       ///< in C order, little-endian, with just as many values as its shape says
  std::shared_ptr<const void> held;  ///< what the view looks at
};

/// A file of one array or of several by name.
class ArrayFile {
 public:
  /// @throws DataError naming the file: missing, neither .npy nor .npz, damaged.
  explicit ArrayFile(const std::filesystem::path& path);

  bool has_names() const { return named_ != nullptr; }
  std::vector<std::string> names() const;  ///< sorted; none of a .npy

  /// The array, or the one of this name. @throws DataError naming file and array: missing, damaged,
  /// cut short, Fortran order, big-endian, without values.
  StoredArray array(const std::string& name = "") const;

 private:
  std::filesystem::path path_;
  std::shared_ptr<const MappedFile> file_;
  std::shared_ptr<const ZipArchive> named_;  ///< of an .npz; null: a .npy
};

}  // namespace certify
