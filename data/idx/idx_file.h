#pragma once
/// IDX, the format of MNIST and of data sets made in its likeness: two zero bytes, a byte for the
/// type of the elements, a byte for the number of dimensions, each dimension as four bytes (most
/// significant first), then the elements, the last dimension changing fastest.
/// Source: http://yann.lecun.com/exdb/mnist (LeCun, Cortes, Burges).

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace certify {

/// Elements of one unsigned byte, which are all that the data sets use.
struct IdxFile {
  std::vector<std::int64_t> dimensions;
  std::string content;  ///< the file as unpacked, header first

  std::size_t header_bytes() const { return 4 + 4 * dimensions.size(); }
  const unsigned char* elements() const {
    return reinterpret_cast<const unsigned char*>(content.data()) + header_bytes();
  }
};

/// Reads a file, plain or gzip, told apart by its first bytes.
/// @param dimensions  how many it must have
/// @throws DataError naming the file: missing, damaged gzip, another magic number, number of
/// dimensions or type of elements, a dimension that is zero, or another number of bytes than the
/// header says (with both numbers); IoError.
IdxFile read_idx(const std::filesystem::path& file, int dimensions);

}  // namespace certify
