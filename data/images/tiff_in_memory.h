#pragma once
/// TIFF files as libtiff opens them, for tiff.cpp.

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

#include "data/images/decoding.h"

namespace certify {

/// Of a strip or tile: four channels of 16 bits in a picture of kMostPixels.
inline constexpr std::uint64_t kMostBytes = 8 * static_cast<std::uint64_t>(kMostPixels);

/// A file in memory as libtiff reads it. Its messages are kept, not printed.
class Tiff {
 public:
  explicit Tiff(std::string_view content) : content_(content) {
    const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(
        TIFFOpenOptionsAlloc(), &TIFFOpenOptionsFree);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), &keep_message, this);
    TIFFOpenOptionsSetWarningHandlerExtR(
        options.get(), [](TIFF*, void*, const char*, const char*, va_list) { return 1; }, nullptr);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), static_cast<tmsize_t>(kMostBytes));
    tiff_ = TIFFClientOpenExt("", "rm", this, &read, &write, &seek, &close, &size, nullptr, nullptr,
                              options.get());
    if (tiff_ == nullptr) fail();
  }
  ~Tiff() {
    if (tiff_ != nullptr) TIFFClose(tiff_);
  }
  Tiff(const Tiff&) = delete;
  Tiff& operator=(const Tiff&) = delete;

  TIFF* get() const { return tiff_; }

  /// @throws DataError without the tag or a default
  template <typename T>
  T field(std::uint32_t tag, const char* name) const {
    T value{};
    if (TIFFGetFieldDefaulted(tiff_, tag, &value) != 1) {
      throw DataError("it does not say its {}", name);
    }
    return value;
  }

  /// libtiff leaves out tags that it cannot read.
  /// @throws DataError if it wanted to read beyond the end of the file
  void check_end() const {
    if (ended_early_) throw DataError("the file is truncated");
  }

  /// @throws DataError with libtiff's reason
  [[noreturn]] void fail() const {
    check_end();
    if (message_[0] == '\0') throw DataError("damaged or truncated");
    throw DataError("{}", message_.data());
  }

 private:
  static Tiff& from(void* handle) { return *static_cast<Tiff*>(handle); }

  static int keep_message(TIFF*, void* self, const char*, const char* format, va_list values) {
    auto& message = from(self).message_;
    if (message[0] == '\0') std::vsnprintf(message.data(), message.size(), format, values);
    return 1;  // nothing else is to be told of it
  }
  static tmsize_t read(thandle_t self, void* out, tmsize_t count) {
    const std::string_view left = from(self).content_.substr(
        std::min<std::uint64_t>(from(self).at_, from(self).content_.size()));
    const std::size_t taken = std::min(left.size(), static_cast<std::size_t>(count));
    std::memcpy(out, left.data(), taken);
    from(self).at_ += taken;
    if (taken < static_cast<std::size_t>(count)) from(self).ended_early_ = true;
    return static_cast<tmsize_t>(taken);
  }
  static tmsize_t write(thandle_t, void*, tmsize_t) { return 0; }
  static toff_t seek(thandle_t self, toff_t offset, int from_where) {
    if (from_where == SEEK_CUR) offset += from(self).at_;
    if (from_where == SEEK_END) offset += from(self).content_.size();
    return from(self).at_ = offset;
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t self) { return from(self).content_.size(); }

  std::string_view content_;
  std::uint64_t at_ = 0;
  bool ended_early_ = false;
  std::array<char, 256> message_{};  ///< libtiff's first
  TIFF* tiff_ = nullptr;
};

}  // namespace certify
