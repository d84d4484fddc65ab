#include "core/runs/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

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
  if (::ftruncate(fd, 0) == 0) static_cast<void>(!::pwrite(fd, text.data(), text.size(), 0));
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder)
    : file_(folder / "run.lock", O_RDWR | O_CREAT, "lock") {
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) throw_io_error(folder, "lock");
    throw LockedError("{}: being written by {}", folder.string(), holder(file_.get()));
  }
  sign(file_.get());
}

}  // namespace certify
