#include "core/base/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/sha256.h"

namespace certify {
namespace {

/// Calls `consume` on the file's bytes, a block at a time.
template <class Consume>
void for_each_block(const std::filesystem::path& path, Consume consume) {
  const FileDescriptor file(path, O_RDONLY, "open");
  std::vector<char> block(std::size_t{1} << 18);
  for (;;) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_io_error(path, "read");
    if (got == 0) return;
    consume(std::string_view(block.data(), static_cast<std::size_t>(got)));
  }
}

}  // namespace

void throw_io_error(const std::filesystem::path& path, const char* doing) {
  throw IoError("{}: cannot {}: {}", path.string(), doing, std::strerror(errno));
}

FileDescriptor::FileDescriptor(const std::filesystem::path& path, int flags, const char* doing)
    : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
  if (fd_ < 0 && errno == ENOENT && (flags & O_CREAT) == 0) {
    throw DataError("{}: no such file", path.string());
  }
  if (fd_ < 0) throw_io_error(path, doing);
}

FileDescriptor::~FileDescriptor() { ::close(fd_); }

MappedFile::MappedFile(const std::filesystem::path& path) {
  const FileDescriptor file(path, O_RDONLY, "open");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_io_error(path, "read");
  if (!S_ISREG(status.st_mode)) throw DataError("{}: not a file", path.string());
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return;  // cannot be mapped
  void* const start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (start == MAP_FAILED) throw_io_error(path, "read");
  bytes_ = {static_cast<const char*>(start), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

void write_all(const FileDescriptor& file, std::string_view content,
               const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t put = ::write(file.get(), content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw_io_error(path, "write");
    content.remove_prefix(static_cast<std::size_t>(put));
  }
}

std::string read_file(const std::filesystem::path& path) {
  std::string content;
  for_each_block(path, [&](std::string_view block) { content += block; });
  return content;
}

void replace_file(const std::filesystem::path& path, std::string_view content) {
  const std::filesystem::path temporary = path.string() + ".tmp";
  try {
    const FileDescriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC, "create");
    write_all(file, content, temporary);
    if (::fsync(file.get()) != 0) throw_io_error(temporary, "flush");
    if (::rename(temporary.c_str(), path.c_str()) != 0) throw_io_error(path, "replace");
  } catch (const IoError&) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_folder(path.has_parent_path() ? path.parent_path() : ".");
}

void sync_folder(const std::filesystem::path& folder) {
  const FileDescriptor directory(folder, O_RDONLY | O_DIRECTORY, "open");
  // Some network file systems cannot sync a folder and say so with EINVAL.
  if (::fsync(directory.get()) != 0 && errno != EINVAL) throw_io_error(folder, "flush");
}

void create_folder(const std::filesystem::path& folder) {
  std::error_code error;
  const bool created_now = std::filesystem::create_directories(folder, error);
  if (error) throw IoError("{}: {}", folder.string(), error.message());
  const std::filesystem::path parent = folder.has_parent_path() ? folder.parent_path() : ".";
  // Where one may create but not list, there is nothing to open for fsync.
  if (created_now && ::access(parent.c_str(), R_OK) == 0) sync_folder(parent);
}

std::string sha256_of_file(const std::filesystem::path& path) {
  Sha256 hash;
  for_each_block(path, [&](std::string_view block) { hash.add(block); });
  return hash.hex();
}

std::string sha256_of(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

}  // namespace certify
