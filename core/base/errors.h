#pragma once
/// What can go wrong, as types. Abstention is a value, not an error. Only main() catches Error and
/// turns it into one line on stderr and an exit code.

#include <cstdint>
#include <stdexcept>
#include <string>

namespace certify {

/// Exit codes of the program, after sysexits.h; the contract of a batch job (docs/files.md).
enum class ExitCode : int {
  kDone = 0,
  kFailedCheck = 1,   ///< `certify verify` or `certify attack` found certificates that overclaim
  kUsage = 64,        ///< a wrong option or argument
  kData = 65,         ///< data, model or manifest that does not fit
  kInternal = 70,     ///< a mistake of ours
  kLocked = 73,       ///< another process writes this run
  kIo = 74,           ///< disk full, unwritable, no memory; the run can be resumed
  kInterrupted = 75,  ///< checkpointed on a signal or a lost device; the same command resumes
  kAborted = 130,     ///< second Ctrl-C
};

class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& what) : std::runtime_error(what), code_(code) {}
  ExitCode exit_code() const { return code_; }

 private:
  ExitCode code_;
};

/// A bad argument or option: σ = -1, α = NaN, k > n.
struct InputError : Error {
  explicit InputError(const std::string& what) : Error(ExitCode::kUsage, what) {}
};
/// A file, model or run whose content is not what it must be. Says which, where and what was
/// expected.
struct DataError : Error {
  explicit DataError(const std::string& what) : Error(ExitCode::kData, what) {}
};
/// An image that is known to be there, with its label, but cannot be read: damaged, truncated, of
/// another size than it must be.
struct UnreadableImage : DataError {
  UnreadableImage(std::int64_t at, int known_label, const std::string& what)
      : DataError(what), index(at), label(known_label) {}
  std::int64_t index;  ///< in the whole data set
  int label;
};
struct LockedError : Error {
  explicit LockedError(const std::string& what) : Error(ExitCode::kLocked, what) {}
};
/// The operating system refused to read or write.
struct IoError : Error {
  explicit IoError(const std::string& what) : Error(ExitCode::kIo, what) {}
};

/// A GPU failed in mid-run. What is done is stored, and the same command resumes.
struct DeviceLost : Error {
  explicit DeviceLost(const std::string& what) : Error(ExitCode::kInterrupted, what) {}
};
/// No memory left on a GPU; a smaller batch may fit.
struct OutOfDeviceMemory : DataError {
  using DataError::DataError;
};

}  // namespace certify
