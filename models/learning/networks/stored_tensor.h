#pragma once
/// Tensors as files of weights hold them, without LibTorch.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace certify {

enum class ElementType { kBool, kUint8, kInt8, kInt16, kInt32, kInt64, kFp16, kBf16, kFp32, kFp64 };
std::uint64_t bytes_of(ElementType type);

using Shape = std::vector<std::int64_t>;
/// "[16, 3, 3, 3]"
std::string shape_text(const Shape& shape);

/// A view of bytes that must outlive it. Elements are little-endian and need not be aligned.
class StoredTensor {
 public:
  /// @param strides  in elements, one a dimension
  /// @param offset   of the first element, in elements
  /// @param storage  that several tensors may share
  /// @throws DataError if an element is out of the storage, or a stride is negative.
  StoredTensor(ElementType type, Shape shape, Shape strides, std::int64_t offset,
               std::string_view storage);
  /// The bytes are the elements in order. @throws DataError for another number of bytes.
  StoredTensor(ElementType type, Shape shape, std::string_view bytes);

  const Shape& shape() const { return shape_; }
  bool is_floating_point() const { return type_ >= ElementType::kFp16; }
  std::int64_t count() const { return count_; }  ///< of elements

  /// All elements in order, the last index fastest; double precision is rounded to the nearest.
  /// @throws DataError for integers.
  std::vector<float> values() const;

 private:
  ElementType type_;
  Shape shape_, strides_;
  std::int64_t count_;
  std::string_view bytes_;  ///< from the first element on
};

}  // namespace certify
