#pragma once

#include "core/base/files.h"

namespace certify {

/// Holds a folder against a second writer for as long as it lives; the system frees it when the
/// process dies, however it dies.
class RunLock {
 public:
  /// @throws LockedError naming the process that holds it; IoError.
  explicit RunLock(const std::filesystem::path& folder);

 private:
  FileDescriptor file_;
};

}  // namespace certify
