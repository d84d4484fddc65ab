#include "core/runs/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

std::string holder(int fd) {
  char text[256] = {};
  const ssize_t got = ::pread(fd, text, sizeof text - 1, 0);
  return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : "another process";
}

/// For the message that a second process prints; the lock itself is the kernel's.
void sign(int fd) {
  char host[128] = {};
  ::gethostname(host, sizeof host - 1);
  const std::string text = fmt::format("process {} on {}", ::getpid(), host);
  if (::ftruncate(fd, 0) == 0) {
    static_cast<void>(!::pwrite(fd, text.data(), text.size(), 0));
  }
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder)
    : fd_(::open((folder / "run.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  const std::string name = folder.string();
  if (fd_ < 0) throw IoError(fmt::format("{}: cannot lock: {}", name, std::strerror(errno)));
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    const std::string who = holder(fd_);
    ::close(fd_);
    if (reason != EWOULDBLOCK) {
      throw IoError(fmt::format("{}: cannot lock: {}", name, std::strerror(reason)));
    }
    throw LockedError(fmt::format("{}: being written by {}", name, who));
  }
  sign(fd_);
}

RunLock::RunLock(RunLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

RunLock::~RunLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace certify
