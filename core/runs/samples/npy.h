#pragma once
/// Matrices in NumPy's .npy format 1.0, little-endian, C order, so that anyone can look at them.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace certify {

std::string to_npy(std::span<const float> values, std::int64_t rows, std::int64_t columns);
std::string to_npy(std::span<const std::int64_t> values, std::int64_t rows, std::int64_t columns);

/// What to_npy() wrote, of just this shape. @throws DataError (without a place) for anything else.
std::vector<float> floats_from_npy(std::string_view bytes, std::int64_t rows, std::int64_t columns);
std::vector<std::int64_t> integers_from_npy(std::string_view bytes, std::int64_t rows,
                                            std::int64_t columns);

}  // namespace certify
