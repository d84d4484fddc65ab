#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/image.h"
#include "core/base/sha256.h"
#include "data/arrays/stored_array.h"

namespace certify {

/// Images in an array: bytes, or floats in [0,1]; [N,H,W,C], [N,C,H,W], or of grey ones [N,H,W].
class ImageArray {
 public:
  /// Looks at all images once, and adds each to the hash: as bytes where it is of eight bits, and
  /// as floats where it is not, so that neither type nor layout decide.
  /// @param layout  "nhwc", "nchw", or empty where the shape must tell
  /// @throws DataError naming the place: of another type or shape, a shape that does not tell, a
  /// float outside [0,1].
  ImageArray(StoredArray array, const std::string& layout, Sha256& hash);

  const ImageShape& shape() const { return shape_; }
  std::int64_t count() const { return array_.view.shape[0]; }
  const std::string& place() const { return array_.place; }
  bool eight_bits() const { return eight_bits_; }  ///< every pixel is a multiple of 1/255
  /// The largest pixel of the images of eight bits, times 255.
  unsigned largest_byte() const { return largest_byte_; }

  /// 0 <= i < count(). Safe to call from several threads.
  /// @throws DataError where the file has changed since it was opened.
  Image image(std::int64_t i) const;

 private:
  enum class Type { kBytes, kFloat, kDouble };
  static Type type_of(const StoredArray& array);
  void scan(Sha256& hash);
  std::string_view stored(std::int64_t i) const;
  template <class T>
  std::vector<T> values(std::int64_t i) const;
  template <class T>
  void check_range(const std::vector<T>& values, std::int64_t i) const;
  std::vector<float> floats(std::int64_t i) const;
  std::vector<float> checked_floats(std::int64_t i) const;

  StoredArray array_;
  Type type_;
  ImageShape shape_;
  bool channels_last_ = false;
  bool eight_bits_ = true;
  unsigned largest_byte_ = 0;
  std::vector<std::uint32_t> checksums_;  ///< of what is stored of each image
};

/// One label an image: whole numbers of any type, [N] or [N,1].
/// @throws DataError naming the place: of another type or shape, negative, or no class of anyone's.
std::vector<std::int64_t> read_labels(const StoredArray& array);

}  // namespace certify
