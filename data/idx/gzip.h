#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace certify {

/// By its first two bytes.
bool looks_like_gzip(std::string_view file);

/// The content of a gzip file of one member, its length and CRC-32 checked.
/// @param most  bytes that it may unpack to: a small file can hold petabytes of zeros
/// @throws DataError (without a file's name) for what is no gzip, is cut short, damaged, followed
/// by more bytes, or unpacks to more than `most`.
std::string unpack_gzip(std::string_view file, std::size_t most);

}  // namespace certify
