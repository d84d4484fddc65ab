#include "data/idx/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;  // zlib: window bits + 16
constexpr std::size_t kBlock = 1 << 20;

/// zlib's state, freed on every way out.
class Inflater {
 public:
  explicit Inflater(std::string_view file) {
    if (file.size() > std::numeric_limits<uInt>::max()) throw DataError("4 GiB or more of gzip");
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(file.data()));  // only read
    stream_.avail_in = static_cast<uInt>(file.size());
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Appends up to a block. @return false at the end of the member
  bool read(std::string& out) {
    const std::size_t before = out.size();
    out.resize(before + kBlock);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = kBlock;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    out.resize(before + kBlock - stream_.avail_out);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status == Z_STREAM_END) return false;
    if (status == Z_BUF_ERROR || (status == Z_OK && stream_.avail_out > 0)) {
      throw DataError(fmt::format("gzip cut short: it ends after {} unpacked bytes", out.size()));
    }
    if (status == Z_OK) return true;
    throw DataError(fmt::format("damaged gzip: {} behind {} unpacked bytes",
                                stream_.msg ? stream_.msg : "wrong data", out.size()));
  }
  std::size_t left() const { return stream_.avail_in; }

 private:
  z_stream stream_{};
};

}  // namespace

bool looks_like_gzip(std::string_view file) { return file.starts_with("\x1f\x8b"); }

std::string unpack_gzip(std::string_view file, std::size_t most) {
  if (!looks_like_gzip(file)) throw DataError("no gzip file: its first bytes are not 1f 8b");
  Inflater inflater(file);
  std::string out;
  for (bool more = true; more;) {
    more = inflater.read(out);
    if (out.size() > most) {
      throw DataError(fmt::format("unpacks to more than {} bytes", most));
    }
  }
  if (inflater.left() > 0) {
    throw DataError(fmt::format("{} bytes behind the end of the gzip", inflater.left()));
  }
  return out;
}

}  // namespace certify
