#include "models/learning/networks/stored_tensor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"

namespace certify {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

/// a × b + c of numbers that are not negative.
std::int64_t checked_sum(std::int64_t a, std::int64_t b, std::int64_t c) {
  std::int64_t product = 0, sum = 0;
  if (__builtin_mul_overflow(a, b, &product) || __builtin_add_overflow(product, c, &sum)) {
    throw DataError("a tensor is too large");
  }
  return sum;
}

std::int64_t count_of(const Shape& shape) {
  if (std::any_of(shape.begin(), shape.end(), [](std::int64_t size) { return size < 0; })) {
    throw DataError("a tensor has the shape {}", shape_text(shape));
  }
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count = checked_sum(count, size, 0);
  return count;
}

Shape dense_strides(const Shape& shape) {
  Shape strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride = checked_sum(stride, std::max<std::int64_t>(shape[i], 1), 0);
  }
  return strides;
}

template <class T>
T loaded(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// IEEE 754 binary16.
float from_half(std::uint16_t bits) {
  const float sign = bits >> 15 ? -1.F : 1.F;
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  if (exponent < 31) return sign * std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return fraction != 0 ? std::numeric_limits<float>::quiet_NaN()
                       : sign * std::numeric_limits<float>::infinity();
}

float element(ElementType type, const char* at) {
  switch (type) {
    case ElementType::kFp16:
      return from_half(loaded<std::uint16_t>(at));
    case ElementType::kBf16:
      return std::bit_cast<float>(std::uint32_t{loaded<std::uint16_t>(at)} << 16);
    case ElementType::kFp32:
      return loaded<float>(at);
    default:
      return static_cast<float>(loaded<double>(at));
  }
}

}  // namespace

std::uint64_t bytes_of(ElementType type) {
  switch (type) {
    case ElementType::kBool:
    case ElementType::kUint8:
    case ElementType::kInt8:
      return 1;
    case ElementType::kInt16:
    case ElementType::kFp16:
    case ElementType::kBf16:
      return 2;
    case ElementType::kInt32:
    case ElementType::kFp32:
      return 4;
    default:
      return 8;
  }
}

std::string shape_text(const Shape& shape) { return fmt::format("{}", shape); }

StoredTensor::StoredTensor(ElementType type, Shape shape, Shape strides, std::int64_t offset,
                           std::string_view storage)
    : type_(type),
      shape_(std::move(shape)),
      strides_(std::move(strides)),
      count_(count_of(shape_)) {
  if (strides_.size() != shape_.size() || offset < 0) {
    throw DataError("a tensor has the shape {}, strides {} and offset {}", shape_, strides_,
                    offset);
  }
  if (count_ == 0) return;
  std::int64_t last = offset;
  for (std::size_t i = 0; i < shape_.size(); ++i) {
    if (strides_[i] < 0) throw DataError("a tensor has strides {}", strides_);
    last = checked_sum(strides_[i], shape_[i] - 1, last);
  }
  const auto elements = static_cast<std::int64_t>(storage.size() / bytes_of(type));
  if (last >= elements) {
    throw DataError("a tensor of shape {} reaches element {} of a storage of {}", shape_, last,
                    elements);
  }
  bytes_ = storage.substr(static_cast<std::uint64_t>(offset) * bytes_of(type));
}

StoredTensor::StoredTensor(ElementType type, Shape shape, std::string_view bytes)
    : type_(type),
      shape_(std::move(shape)),
      strides_(dense_strides(shape_)),
      count_(count_of(shape_)),
      bytes_(bytes) {
  const auto size = static_cast<std::int64_t>(bytes_of(type));
  if (count_ > kMost / size || std::cmp_not_equal(bytes.size(), count_ * size)) {
    throw DataError("a tensor of shape {} has {} bytes", shape_, bytes.size());
  }
}

std::vector<float> StoredTensor::values() const {
  if (!is_floating_point()) throw DataError("a tensor of shape {} holds integers", shape_);
  std::vector<float> out;
  out.reserve(static_cast<std::size_t>(count_));
  const auto size = static_cast<std::int64_t>(bytes_of(type_));
  Shape index(shape_.size());
  std::int64_t at = 0;  // element of the storage
  for (std::int64_t i = 0; i < count_; ++i) {
    out.push_back(element(type_, bytes_.data() + at * size));
    for (std::size_t d = shape_.size(); d-- > 0;) {  // counts up, the last digit first
      at += strides_[d];
      if (++index[d] < shape_[d]) break;
      at -= index[d] * strides_[d];
      index[d] = 0;
    }
  }
  return out;
}

}  // namespace certify
