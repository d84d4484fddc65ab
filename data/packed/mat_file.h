#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace certify {

/// A numeric array of a MATLAB file.
struct MatArray {
  /// "u1" and so on, as NumPy spells the types in which values lie in the file, which may be
  /// smaller than the array's own.
  std::string type;
  std::vector<std::int64_t> shape;  ///< two lengths or more
  std::string_view values;          ///< in Fortran's order: the first index changes fastest
};

/// The numeric arrays of a MATLAB file of version 5, packed or not. Own code: the library for it
/// brings HDF5, which is the format of version 7.3.
/// Source: MathWorks, MAT-File Format (R2024b), "Level 5 MAT-Files".
class MatFile {
 public:
  /// The bytes must outlive it.
  /// @param most  bytes that its variables may unpack to, all together
  /// @throws DataError (without the file's name) for a file of another version, saying which, and
  /// for what is damaged or cut short.
  MatFile(std::string_view bytes, std::size_t most);

  /// By name. Others (structures, cells, texts, complex numbers) are left out.
  const std::map<std::string, MatArray, std::less<>>& arrays() const { return arrays_; }
  /// @throws DataError naming what is there.
  const MatArray& array(std::string_view name) const;

 private:
  std::vector<std::unique_ptr<const std::string>> unpacked_;
  std::map<std::string, MatArray, std::less<>> arrays_;
};

/// The values, whatever their type; also of floats that are whole.
/// @throws DataError for another number.
std::vector<std::int64_t> whole_numbers(const MatArray& array);

}  // namespace certify
