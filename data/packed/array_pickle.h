#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace certify {

/// A dictionary that Python 2 pickled by protocol 2, as the batches of CIFAR are: texts for keys;
/// texts, whole numbers, lists of these and NumPy arrays of bytes for values.
///
/// Stricter than the reader of checkpoints (models/learning/networks/pickle.h), which passes over
/// what it does not know: an opcode that no such file has, a class or function but the three of
/// NumPy's arrays, and an array of another type are errors. Nothing is ever called.
/// Source: Python's pickletools.py; numpy.ndarray.__setstate__.
class ArrayPickle {
 public:
  /// The bytes must outlive it. Takes memory in proportion to them, up to that of a million values.
  /// @throws DataError (without the file's name) saying at which byte, and what was expected.
  explicit ArrayPickle(std::string_view bytes);
  ~ArrayPickle();

  struct Array {
    std::vector<std::int64_t> shape;
    std::string_view bytes;  ///< in C order, as many as the shape says
  };
  /// @throws DataError naming the key: missing, or of another type.
  Array array(std::string_view key) const;
  std::vector<std::int64_t> numbers(std::string_view key) const;  ///< of a list

 private:
  class Machine;
  struct Value;
  const Value& at(std::string_view key) const;
  std::unique_ptr<Machine> machine_;
};

}  // namespace certify
