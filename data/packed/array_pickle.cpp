#include "data/packed/array_pickle.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/byte_reader.h"
#include "core/base/errors.h"

namespace certify {
namespace {

constexpr std::size_t kMostDimensions = 4;

enum class Named { kReconstruct, kNdarray, kDtype };  // the classes and functions of an array

}  // namespace

struct ArrayPickle::Value {
  struct None {};
  using Items = std::vector<const Value*>;
  struct Tuple {
    Items items;
  };
  struct List {
    Items items;
  };
  struct Dict {
    std::vector<std::pair<std::string_view, const Value*>> entries;
  };
  struct ByteType {};  ///< numpy.dtype('u1')
  std::variant<None, bool, std::int64_t, std::string_view, Tuple, List, Dict, Named, ByteType,
               std::optional<Array>>
      held;  ///< an array without a value is not built yet

  template <class T>
  T* as() {
    return std::get_if<T>(&held);
  }
  template <class T>
  const T* as() const {
    return std::get_if<T>(&held);
  }
};

class ArrayPickle::Machine {
 public:
  explicit Machine(std::string_view bytes) : all_(bytes.size()), reader_(bytes, "the pickle") {
    if (reader_.take(2) != "\x80\x02") throw DataError("no pickle of protocol 2");
    for (char opcode = 0; opcode != '.';) {
      at_ = all_ - reader_.left().size();
      opcode = reader_.number<char>();
      step(opcode);
    }
    if (!reader_.at_end()) refuse("the pickle ends here", "the end of the file");
  }

  const Value& root() const { return *stack_.back(); }

 private:
  [[noreturn]] void refuse(std::string_view found, std::string_view expected) const {
    throw DataError("byte {}: {}, expected {}", at_, found, expected);
  }

  void step(char opcode) {
    if (push_constant(opcode) || build(opcode) || remember(opcode)) return;
    switch (opcode) {
      case 'c':
        return push_named();
      case 'R':
        return push_call();
      case 'b':
        return set_state();
      case '.':
        if (stack_.size() == 1 && marks_.empty() && stack_.back()->as<Value::Dict>()) return;
        refuse("the pickle's end", "a dictionary");
      default:
        refuse(fmt::format("opcode 0x{:02x}", static_cast<unsigned char>(opcode)),
               "one of those that a dictionary of texts, numbers, lists and arrays needs");
    }
  }

  bool push_constant(char opcode) {
    switch (opcode) {
      case 'N':
        return push(Value::None{});
      case '\x88':
      case '\x89':
        return push(opcode == '\x88');
      case 'K':
        return push(std::int64_t{reader_.number<std::uint8_t>()});
      case 'M':
        return push(std::int64_t{reader_.number<std::uint16_t>()});
      case 'J':
        return push(std::int64_t{reader_.number<std::int32_t>()});
      case 'U':
        return push(reader_.take(reader_.number<std::uint8_t>()));
      case 'T':
        return push(reader_.take(reader_.number<std::uint32_t>()));
      case ']':
        return push(Value::List{});
      case '}':
        return push(Value::Dict{});
      case ')':
        return push(Value::Tuple{});
      default:
        return false;
    }
  }

  bool build(char opcode) {
    switch (opcode) {
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case 't':
        return push(Value::Tuple{pop_to_mark()});
      case '\x85':
      case '\x86':
      case '\x87':
        return push(Value::Tuple{pop_last(static_cast<std::size_t>(opcode - '\x84'))});
      case 'a':
        return append(pop_last(1));
      case 'e':
        return append(pop_to_mark());
      case 's':
        return set(pop_last(2));
      case 'u':
        return set(pop_to_mark());
      default:
        return false;
    }
  }

  bool remember(char opcode) {
    switch (opcode) {
      case 'q':
        memo_[reader_.number<std::uint8_t>()] = top();
        return true;
      case 'r':
        memo_[reader_.number<std::uint32_t>()] = top();
        return true;
      case 'h':
        return recall(reader_.number<std::uint8_t>());
      case 'j':
        return recall(reader_.number<std::uint32_t>());
      default:
        return false;
    }
  }

  template <class T>
  bool push(T value) {
    constexpr std::size_t kMostValues = 1'000'000;  // a batch of CIFAR-100 has 150,000
    if (values_.size() == kMostValues) refuse("another value", "a million at most");
    values_.push_back({std::move(value)});
    stack_.push_back(&values_.back());
    return true;
  }
  /// Nothing is taken from below a mark but by what takes the mark.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  Value* top() const {
    if (stack_.size() <= floor()) refuse("nothing", "a value");
    return stack_.back();
  }
  Value::Items pop_last(std::size_t count) {
    if (stack_.size() < floor() + count) refuse("nothing", "a value");
    Value::Items out(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return out;
  }
  Value::Items pop_to_mark() {
    if (marks_.empty()) refuse("no mark", "one");
    Value::Items out = pop_last(stack_.size() - marks_.back());
    marks_.pop_back();
    return out;
  }

  bool append(const Value::Items& items) {
    auto* list = top()->as<Value::List>();
    if (list == nullptr) refuse("something to append to that is none", "a list");
    list->items.insert(list->items.end(), items.begin(), items.end());
    return true;
  }
  bool set(const Value::Items& items) {
    auto* dict = top()->as<Value::Dict>();
    if (dict == nullptr || items.size() % 2 != 0)
      refuse("entries of something else", "a dictionary");
    for (std::size_t i = 0; i < items.size(); i += 2) {
      const auto* key = items[i]->as<std::string_view>();
      if (key == nullptr) refuse("a key of another type", "a text");
      dict->entries.emplace_back(*key, items[i + 1]);
    }
    return true;
  }
  bool recall(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) refuse("a value that was never stored", "a stored one");
    stack_.push_back(found->second);
    return true;
  }

  std::string_view line() {
    const std::string_view taken =
        reader_.take(std::min(reader_.left().find('\n'), reader_.left().size()));
    reader_.take(1);
    return taken;
  }
  void push_named() {
    const std::string_view module = line(), name = line();
    if (module == "numpy.core.multiarray" && name == "_reconstruct") {
      push(Named::kReconstruct);
    } else if (module == "numpy" && name == "ndarray") {
      push(Named::kNdarray);
    } else if (module == "numpy" && name == "dtype") {
      push(Named::kDtype);
    } else {
      refuse("a class or function that no array of bytes needs",
             "numpy's ndarray, dtype or _reconstruct");
    }
  }

  /// _reconstruct(ndarray, …) or dtype('u1', …).
  void push_call() {
    const Value::Items call = pop_last(2);
    const auto* named = call[0]->as<Named>();
    const auto* arguments = call[1]->as<Value::Tuple>();
    if (named != nullptr && arguments != nullptr && !arguments->items.empty()) {
      const Value& first = *arguments->items.front();
      const auto* type = first.as<std::string_view>();
      const auto* of = first.as<Named>();
      if (*named == Named::kReconstruct && of != nullptr && *of == Named::kNdarray) {
        push(std::optional<Array>());
        return;
      }
      if (*named == Named::kDtype && type != nullptr) {
        if (*type != "u1") refuse("an array of another type", "bytes: numpy's uint8");
        push(Value::ByteType{});
        return;
      }
    }
    refuse("a call of something else", "that of an array or its type");
  }

  /// An array's is (version, shape, type, whether in Fortran's order, bytes); that of a type says
  /// how its bytes are ordered, and it has one.
  void set_state() {
    const auto* state = pop_last(1)[0]->as<Value::Tuple>();
    if (state == nullptr) refuse("a state of another type", "a tuple");
    if (top()->as<Value::ByteType>()) return;
    auto* array = top()->as<std::optional<Array>>();
    if (array == nullptr || array->has_value()) refuse("a state of something else", "an array's");
    *array = array_of(state->items);
  }

  Array array_of(const Value::Items& state) const {
    if (state.size() != 5) refuse(fmt::format("an array of {} parts", state.size()), "five");
    const auto* shape = state[1]->as<Value::Tuple>();
    const auto* fortran = state[3]->as<bool>();
    const auto* bytes = state[4]->as<std::string_view>();
    if (shape == nullptr || state[2]->as<Value::ByteType>() == nullptr || fortran == nullptr ||
        bytes == nullptr || shape->items.size() > kMostDimensions) {
      refuse("an array of other parts", "shape, type, order and bytes");
    }
    if (*fortran) refuse("an array in Fortran order", "C order");
    Array array{{}, *bytes};
    std::uint64_t elements = 1;
    for (const Value* item : shape->items) {
      const auto* length = item->as<std::int64_t>();
      if (length == nullptr || *length < 0) refuse("a shape of something else", "lengths");
      array.shape.push_back(*length);
      elements *= static_cast<std::uint64_t>(*length);  // of 31 bits, and stopped beyond the file
      if (elements > all_) elements = all_ + 1;
    }
    if (elements != bytes->size()) {
      refuse(fmt::format("{} bytes of an array of shape ({})", bytes->size(),
                         fmt::join(array.shape, ", ")),
             "as many as the shape says");
    }
    return array;
  }

  std::size_t all_, at_ = 0;
  ByteReader reader_;
  std::deque<Value> values_;  ///< owns them all: they may refer to each other in circles
  std::vector<Value*> stack_;
  std::vector<std::size_t> marks_;  ///< sizes of the stack
  std::unordered_map<std::uint32_t, Value*> memo_;
};

ArrayPickle::ArrayPickle(std::string_view bytes) : machine_(std::make_unique<Machine>(bytes)) {}
ArrayPickle::~ArrayPickle() = default;

/// Of two entries of one key the later one counts, as in Python.
const ArrayPickle::Value& ArrayPickle::at(std::string_view key) const {
  const auto& entries = machine_->root().as<Value::Dict>()->entries;
  const auto found = std::find_if(entries.rbegin(), entries.rend(),
                                  [&](const auto& entry) { return entry.first == key; });
  if (found == entries.rend()) throw DataError("its dictionary has no '{}'", key);
  return *found->second;
}

ArrayPickle::Array ArrayPickle::array(std::string_view key) const {
  const auto* array = at(key).as<std::optional<Array>>();
  if (array == nullptr || !array->has_value()) throw DataError("'{}' is no array of bytes", key);
  return **array;
}

std::vector<std::int64_t> ArrayPickle::numbers(std::string_view key) const {
  const auto* list = at(key).as<Value::List>();
  if (list == nullptr) throw DataError("'{}' is no list", key);
  std::vector<std::int64_t> numbers;
  for (const Value* item : list->items) {
    const auto* number = item->as<std::int64_t>();
    if (number == nullptr) {
      throw DataError("'{}' has an entry {} that is no whole number", key, numbers.size());
    }
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace certify
