#pragma once
/// What can go wrong, as types. Abstention is a value, not an error. Only main() catches Error and
/// turns it into one line on stderr and an exit code.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

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

/// Made from a text, or from a format and what goes into it.
template <ExitCode code>
struct ErrorWithCode : Error {
  explicit ErrorWithCode(const std::string& what) : Error(code, what) {}
  template <class First, class... Rest>
  ErrorWithCode(fmt::format_string<First, Rest...> format, First&& first, Rest&&... rest)
      : Error(code, fmt::format(format, std::forward<First>(first), std::forward<Rest>(rest)...)) {}
};

/// A bad argument or option: σ = -1, α = NaN, k > n.
struct InputError : ErrorWithCode<ExitCode::kUsage> {
  using ErrorWithCode::ErrorWithCode;
};
/// A file, model or run whose content is not what it must be. Says which, where and what was
/// expected.
struct DataError : ErrorWithCode<ExitCode::kData> {
  using ErrorWithCode::ErrorWithCode;
};
/// An image that is known to be there, with its label, but cannot be read: damaged, truncated, of
/// another size than it must be.
struct UnreadableImage : DataError {
  UnreadableImage(std::int64_t at, int known_label, const std::string& what)
      : DataError(what), index(at), label(known_label) {}
  std::int64_t index;  ///< in the whole data set
  int label;
};
struct LockedError : ErrorWithCode<ExitCode::kLocked> {
  using ErrorWithCode::ErrorWithCode;
};
/// The operating system refused to read or write.
struct IoError : ErrorWithCode<ExitCode::kIo> {
  using ErrorWithCode::ErrorWithCode;
};

/// A GPU failed in mid-run. What is done is stored, and the same command resumes.
struct DeviceLost : ErrorWithCode<ExitCode::kInterrupted> {
  using ErrorWithCode::ErrorWithCode;
};
/// No memory left on a GPU; a smaller batch may fit.
struct OutOfDeviceMemory : DataError {
  using DataError::DataError;
};

}  // namespace certify
