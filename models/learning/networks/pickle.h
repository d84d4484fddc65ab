#pragma once
/// Python's pickles, as torch.save() writes them, read without Python and without LibTorch.
///
/// LibTorch's own reader gives up on what ordinary checkpoints hold beside their weights: the
/// attributes of a state_dict, the state of an optimizer, the arguments of a training, scalars of
/// NumPy. This one keeps such a value as an object of which only the name is known. Nothing that a
/// pickle names is ever called.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "models/learning/networks/stored_tensor.h"

namespace certify {

struct PickleValue;

struct PickleNone {};
using PickleList = std::vector<const PickleValue*>;  ///< also a tuple
/// Also an OrderedDict. Entries in the order in which they were set.
struct PickleDict {
  std::vector<std::pair<const PickleValue*, const PickleValue*>> entries;
};
/// The bytes that tensors view; they are not in the pickle.
struct PickledStorage {
  ElementType type;
  std::string_view key;  ///< the name of the bytes
};
struct PickledTensor {
  PickledStorage storage;
  std::int64_t offset;  ///< in elements, as strides are
  Shape shape, strides;
};
struct PickleGlobal {
  std::string name;  ///< of a class or function: "torch.FloatStorage"
};
struct PickleObject {
  std::string_view name;  ///< of the class or function that makes it
};

struct PickleValue {
  std::variant<PickleNone, bool, std::int64_t, double, std::string_view, PickleList, PickleDict,
               PickledStorage, PickledTensor, PickleGlobal, PickleObject>
      held;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&held);
  }
};

class Pickle {
 public:
  /// Reads one pickle of protocol 2 to 5 from the beginning of the bytes, which must outlive it.
  /// Takes memory in proportion to them.
  /// @throws DataError for an opcode that torch.save() does not write, saying where it stands, and
  /// for a pickle that ends too early or makes no sense.
  explicit Pickle(std::string_view bytes);
  Pickle(Pickle&&) = default;  // and no copy: its values point at each other

  const PickleValue& root() const { return *root_; }
  std::size_t size() const { return size_; }  ///< bytes of the pickle itself
  /// Of every storage that the pickle names.
  const std::map<std::string, ElementType, std::less<>>& storages() const { return storages_; }

 private:
  friend class PickleMachine;
  std::deque<PickleValue> values_;  ///< owns them all: they may refer to each other in circles
  const PickleValue* root_ = nullptr;
  std::size_t size_ = 0;
  std::map<std::string, ElementType, std::less<>> storages_;
};

}  // namespace certify
