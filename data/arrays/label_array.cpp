#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/arrays/image_array.h"

namespace certify {
namespace {

template <class T>
std::vector<std::int64_t> whole_numbers(std::string_view values) {
  std::vector<T> stored(values.size() / sizeof(T));
  std::memcpy(stored.data(), values.data(), values.size());
  return {stored.begin(), stored.end()};
}

}  // namespace

std::vector<std::int64_t> read_labels(const StoredArray& array) {
  const auto& [type, fortran, shape, values] = array.view;
  if (shape.size() > 2 || (shape.size() == 2 && shape[1] != 1)) {
    throw DataError("{}: of shape ({}), expected one label an image: [N]{}", array.place,
                    fmt::join(shape, ", "),
                    shape.size() == 2 ? "; of one-hot labels, y.argmax(1)" : "");
  }
  std::vector<std::int64_t> labels;
  if (type == "|i1") labels = whole_numbers<std::int8_t>(values);
  if (type == "|u1") labels = whole_numbers<std::uint8_t>(values);
  if (type == "<i2") labels = whole_numbers<std::int16_t>(values);
  if (type == "<u2") labels = whole_numbers<std::uint16_t>(values);
  if (type == "<i4") labels = whole_numbers<std::int32_t>(values);
  if (type == "<u4") labels = whole_numbers<std::uint32_t>(values);
  if (type == "<i8" || type == "<u8") labels = whole_numbers<std::int64_t>(values);
  if (labels.empty()) {
    throw DataError("{}: of type {}, expected whole numbers", array.place, type);
  }
  constexpr std::int64_t kMostClasses = 1 << 20;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0 && labels[i] < kMostClasses) continue;
    throw DataError("{}: label {} is {}, expected classes from 0", array.place, i, labels[i]);
  }
  return labels;
}

}  // namespace certify
