#pragma once
/// Unpacks what zlib's deflate packed, bare, as zlib's own streams or as gzip. A small file can
/// hold petabytes of zeros, so the caller says how much it may be.

#include <cstddef>
#include <string>
#include <string_view>

namespace certify {

/// Whether a file begins as gzip does.
inline bool is_gzip(std::string_view file) { return file.starts_with("\x1f\x8b"); }

/// The content of a gzip file, of each member one behind the other, lengths and CRC-32 checked.
/// @param most  bytes that it may unpack to
/// @throws DataError (without a file's name) for what is no gzip, is cut short, damaged, followed
/// by more bytes, or unpacks to more than `most`.
std::string unpack_gzip(std::string_view file, std::size_t most);

/// Of a zlib stream, whose check is looked at too. @throws as unpack_gzip().
std::string unpack_zlib(std::string_view packed, std::size_t most);

/// Of a bare deflate stream, as zip archives hold it; nothing in it tells whether it is damaged.
/// @throws as unpack_gzip().
std::string unpack_deflate(std::string_view packed, std::size_t most);

}  // namespace certify
