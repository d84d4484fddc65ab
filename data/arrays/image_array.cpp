#include "data/arrays/image_array.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/readers.h"

namespace certify {
namespace {

struct Layout {
  ImageShape shape;
  bool channels_last = false;
};

/// @param wanted  "nhwc", "nchw", or empty where the shape must tell
Layout layout_of(const StoredArray& images, const std::string& wanted) {
  const auto& s = images.view.shape;
  const std::string found = fmt::format("{}: of shape ({})", images.place, fmt::join(s, ", "));
  if (s.size() != 3 && s.size() != 4) {
    throw DataError("{}, expected [N,H,W,C], [N,C,H,W] or, of grey images, [N,H,W]", found);
  }
  constexpr std::int64_t kMostElements = 1 << 30;
  for (std::int64_t elements = 1; const std::int64_t length : std::span(s).subspan(1)) {
    if (length > kMostElements / elements) throw DataError("{}: too large for an image", found);
    elements *= length;
  }
  const auto side = [&](std::size_t axis) { return static_cast<int>(s[axis]); };
  if (s.size() == 3) {
    if (wanted.empty()) return {{1, side(1), side(2)}};
    throw DataError("{}, which is grey images: leave --layout out", found);
  }
  const auto is_colour = [](std::int64_t length) { return length == 1 || length == 3; };
  const bool first = is_colour(s[1]), last = is_colour(s[3]);
  if (wanted.empty() && first == last) {
    throw DataError("{}, {} have the length 1 or 3 of colours: say --layout nhwc or nchw", found,
                    first ? "two of whose axes may be the colours, as both" : "none of whose axes");
  }
  if (wanted.empty() ? last : wanted == "nhwc") return {{side(3), side(1), side(2)}, true};
  return {{side(1), side(2), side(3)}, false};
}

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// Byte/255 of each value; empty where one is no such multiple.
std::vector<unsigned char> as_bytes(const std::vector<float>& values) {
  std::vector<unsigned char> bytes(values.size());
  for (std::size_t k = 0; k < values.size(); ++k) {
    bytes[k] = static_cast<unsigned char>(std::lround(values[k] * 255.0F));
    if (static_cast<float>(bytes[k]) / 255.0F != values[k]) return {};
  }
  return bytes;
}

template <class T>
std::string_view raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace

ImageArray::ImageArray(StoredArray array, const std::string& layout, Sha256& hash)
    : array_(std::move(array)), type_(type_of(array_)) {
  const Layout found = layout_of(array_, layout);
  shape_ = found.shape;
  channels_last_ = found.channels_last;
  scan(hash);
}

ImageArray::Type ImageArray::type_of(const StoredArray& array) {
  const std::string& type = array.view.type;
  if (type == "|u1") return Type::kBytes;
  if (type == "<f4") return Type::kFloat;
  if (type == "<f8") return Type::kDouble;
  throw DataError("{}: of type {}, expected uint8, or float32 or float64 in [0,1]", array.place,
                  type);
}

std::string_view ImageArray::stored(std::int64_t i) const {
  const std::size_t bytes = array_.view.values.size() / static_cast<std::size_t>(count());
  return array_.view.values.substr(static_cast<std::size_t>(i) * bytes, bytes);
}

/// CHW, whatever the layout.
template <class T>
std::vector<T> ImageArray::values(std::int64_t i) const {
  std::vector<T> all(static_cast<std::size_t>(shape_.size()));
  std::memcpy(all.data(), stored(i).data(), all.size() * sizeof(T));
  const auto channels = static_cast<std::size_t>(shape_.channels);
  if (!channels_last_ || channels == 1) return all;
  std::vector<T> planes(all.size());
  const std::size_t area = all.size() / channels;
  for (std::size_t p = 0; p < area; ++p) {
    for (std::size_t c = 0; c < channels; ++c) planes[c * area + p] = all[p * channels + c];
  }
  return planes;
}

template <class T>
void ImageArray::check_range(const std::vector<T>& values, std::int64_t i) const {
  const auto bad = std::ranges::find_if(values, [](T v) { return !(v >= 0 && v <= 1); });
  if (bad == values.end()) return;
  const auto at = bad - values.begin();
  const std::int64_t area = std::int64_t{shape_.height} * shape_.width;
  const char* hint = "; normalised? give them as they were before, and --normalize MEAN/STD";
  if (*bad > 1 && *bad <= 255) hint = "; 0-255 as floats? divide by 255, or save uint8";
  throw DataError("{}: image {}, channel {}, row {}, column {} is {}, expected floats in [0,1]{}",
                  place(), i, at / area, at % area / shape_.width, at % shape_.width, *bad,
                  std::isfinite(*bad) ? hint : "");
}

std::vector<float> ImageArray::floats(std::int64_t i) const {
  if (type_ == Type::kFloat) return values<float>(i);
  const std::vector<double> doubles = values<double>(i);
  return {doubles.begin(), doubles.end()};
}

std::vector<float> ImageArray::checked_floats(std::int64_t i) const {
  if (type_ == Type::kDouble) check_range(values<double>(i), i);
  std::vector<float> all = floats(i);
  check_range(all, i);
  return all;
}

/// The file is mapped, and a run may take days.
Image ImageArray::image(std::int64_t i) const {
  if (checksum(stored(i)) != checksums_[static_cast<std::size_t>(i)]) {
    throw DataError("{}: image {} is not what it was when the file was opened", place(), i);
  }
  if (type_ == Type::kBytes) return image_of_bytes(shape_, values<unsigned char>(i).data());
  return {shape_, floats(i)};
}

void ImageArray::scan(Sha256& hash) {
  for (std::int64_t i = 0; i < count(); ++i) {
    checksums_.push_back(checksum(stored(i)));
    std::vector<float> pixels;
    std::vector<unsigned char> bytes;
    if (type_ == Type::kBytes) {
      bytes = values<unsigned char>(i);
    } else {
      pixels = checked_floats(i);
      bytes = as_bytes(pixels);
    }
    if (bytes.empty()) {
      eight_bits_ = false;
      hash.add("floats");
      hash.add({reinterpret_cast<const char*>(pixels.data()), pixels.size() * sizeof(float)});
    } else {
      largest_byte_ = std::max<unsigned>(largest_byte_, *std::ranges::max_element(bytes));
      hash.add("bytes");
      hash.add({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
  }
}

}  // namespace certify
