#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace certify {

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
