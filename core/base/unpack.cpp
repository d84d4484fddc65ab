#include "core/base/unpack.h"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "core/base/errors.h"

namespace certify {
namespace {

/// Whether another member of a gzip file follows, as where two files were written one behind the
/// other.
bool begins_a_member(const z_stream& stream, int window) {
  return window > MAX_WBITS && stream.avail_in >= 2 &&
         is_gzip({reinterpret_cast<const char*>(stream.next_in), 2});
}

/// @param window  zlib: its size in bits, + 16 for gzip, negative for a bare stream
std::string unpack(std::string_view packed, int window, const char* what, std::size_t most) {
  constexpr std::size_t kBlock = (1 << 20) - 1;
  z_stream stream{};
  if (inflateInit2(&stream, window) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> freed(&stream, &inflateEnd);
  std::string out;
  for (int status = Z_OK; status != Z_STREAM_END;) {
    if (stream.avail_in == 0) {  // zlib counts in 32 bits
      const auto next = std::min<std::size_t>(packed.size(), std::numeric_limits<uInt>::max());
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // only read
      stream.avail_in = static_cast<uInt>(next);
      packed.remove_prefix(next);
    }
    const std::size_t before = out.size();
    const std::size_t block = std::min(kBlock, most - before) + 1;  // one more than it may be
    out.resize(before + block);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(block);
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(before + block - stream.avail_out);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (packed.empty() && (status == Z_BUF_ERROR || (status == Z_OK && stream.avail_out > 0))) {
      throw DataError("{} cut short: it ends after {} unpacked bytes", what, out.size());
    }
    if (status != Z_OK && status != Z_BUF_ERROR && status != Z_STREAM_END) {
      throw DataError("damaged {}: {} behind {} unpacked bytes", what,
                      stream.msg ? stream.msg : "wrong data", out.size());
    }
    if (out.size() > most) throw DataError("unpacks to more than {} bytes", most);
    if (status == Z_STREAM_END && begins_a_member(stream, window)) {
      status = inflateReset(&stream);
    }
  }
  if (stream.avail_in + packed.size() > 0) {
    throw DataError("{} bytes behind the end of the {}", stream.avail_in + packed.size(), what);
  }
  return out;
}

/// Three times as fast as zlib on images, but it needs the length beforehand, and does not say what
/// is wrong. Its length stands at the end of a file of one member, in 32 bits.
/// @return nothing unless all is well
std::optional<std::string> unpack_whole(std::string_view file, std::size_t most) {
  constexpr std::size_t kMostFromOne = 1032;  // bytes that deflate makes of one
  std::uint32_t size = 0;
  if (file.size() < sizeof size) return std::nullopt;
  std::memcpy(&size, file.data() + file.size() - sizeof size, sizeof size);
  if (size > most || size / kMostFromOne > file.size()) return std::nullopt;
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> unpacker(
      libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
  if (!unpacker) throw std::bad_alloc();
  std::string out(size, '\0');
  std::size_t taken = 0, made = 0;
  const libdeflate_result result = libdeflate_gzip_decompress_ex(
      unpacker.get(), file.data(), file.size(), out.data(), out.size(), &taken, &made);
  if (result != LIBDEFLATE_SUCCESS || taken != file.size() || made != size) return std::nullopt;
  return out;
}

}  // namespace

std::string unpack_gzip(std::string_view file, std::size_t most) {
  if (!is_gzip(file)) throw DataError("no gzip file: its first bytes are not 1f 8b");
  if (auto out = unpack_whole(file, most)) return std::move(*out);
  return unpack(file, 16 + MAX_WBITS, "gzip", most);
}

std::string unpack_zlib(std::string_view packed, std::size_t most) {
  return unpack(packed, MAX_WBITS, "zlib stream", most);
}

std::string unpack_deflate(std::string_view packed, std::size_t most) {
  return unpack(packed, -MAX_WBITS, "deflate", most);
}

}  // namespace certify
