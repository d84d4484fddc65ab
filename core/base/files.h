#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace certify {

/// What the operating system says in errno. @throws IoError "path: cannot `doing`: reason".
[[noreturn]] void throw_io_error(const std::filesystem::path& path, const char* doing);

/// Of an open file, closed at the end.
class FileDescriptor {
 public:
  /// @throws DataError where there is no such file and none is to be created; IoError.
  FileDescriptor(const std::filesystem::path& path, int flags, const char* doing);
  ~FileDescriptor();
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// The bytes of a file, read as they are looked at: of a large one only what is needed. The file
/// must not be cut short meanwhile.
class MappedFile {
 public:
  /// @throws DataError where there is no such file; IoError.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
};

/// @throws IoError.
void write_all(const FileDescriptor& file, std::string_view content,
               const std::filesystem::path& path);

/// Whole content of a file. @throws IoError naming the file and the reason.
std::string read_file(const std::filesystem::path& path);

/// Replaces a file so that a crash leaves either the old content or the new: temporary file in the
/// same folder, fsync, rename, fsync of the folder. @throws IoError naming the file and the reason.
void replace_file(const std::filesystem::path& path, std::string_view content);

/// Makes the names in a folder durable: fsync. @throws IoError.
void sync_folder(const std::filesystem::path& folder);

/// Creates a folder inside one that is there, durably; nothing where it is there already.
/// @throws IoError.
void create_folder(const std::filesystem::path& folder);

/// SHA-256 as 64 lower-case hex digits. @throws IoError for an unreadable file.
std::string sha256_of_file(const std::filesystem::path& path);
std::string sha256_of(std::string_view bytes);

}  // namespace certify
