#include "models/learning/networks/pickle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <span>
#include <unordered_map>

#include <fmt/format.h>

#include "core/base/byte_reader.h"
#include "core/base/errors.h"

namespace certify {
namespace {

constexpr std::string_view kWhat = "its pickle";
constexpr std::size_t kLongestName = 1000;   // of a class; names of storages are shorter still
constexpr std::size_t kMostDimensions = 64;  // as in torch

struct StorageClass {
  std::string_view name;
  ElementType type;
};
constexpr std::array kStorageClasses{
    StorageClass{"FloatStorage", ElementType::kFp32},
    StorageClass{"HalfStorage", ElementType::kFp16},
    StorageClass{"BFloat16Storage", ElementType::kBf16},
    StorageClass{"DoubleStorage", ElementType::kFp64},
    StorageClass{"LongStorage", ElementType::kInt64},
    StorageClass{"IntStorage", ElementType::kInt32},
    StorageClass{"ShortStorage", ElementType::kInt16},
    StorageClass{"CharStorage", ElementType::kInt8},
    StorageClass{"ByteStorage", ElementType::kUint8},
    StorageClass{"BoolStorage", ElementType::kBool},
};

/// Of torch.FloatStorage, and of torch.cuda.FloatStorage.
std::optional<ElementType> element_type(std::string_view name) {
  for (const std::string_view module : {"torch.cuda.", "torch."}) {
    if (!name.starts_with(module)) continue;
    const auto known =
        std::find_if(kStorageClasses.begin(), kStorageClasses.end(),
                     [&](const auto& c) { return c.name == name.substr(module.size()); });
    if (known != kStorageClasses.end()) return known->type;
  }
  return std::nullopt;
}

/// Functions that give what their first argument is, for what is read here.
bool gives_its_first_argument(std::string_view function) {
  constexpr std::array kThese{
      "torch._utils._rebuild_parameter",    "torch._utils._rebuild_parameter_with_state",
      "torch.jit._pickle.restore_type_tag", "torch.jit._pickle.build_intlist",
      "torch.jit._pickle.build_doublelist", "torch.jit._pickle.build_boollist",
      "torch.jit._pickle.build_tensorlist", "torch.Size"};
  return std::find(kThese.begin(), kThese.end(), function) != kThese.end();
}

bool is_nothing(const PickleValue& value) {
  const auto* dict = value.as<PickleDict>();
  return value.as<PickleNone>() != nullptr || (dict != nullptr && dict->entries.empty());
}

std::optional<Shape> integers(const PickleValue& value) {
  const auto* list = value.as<PickleList>();
  if (list == nullptr || list->size() > kMostDimensions) return std::nullopt;
  Shape out;
  for (const PickleValue* item : *list) {
    const auto* number = item->as<std::int64_t>();
    if (number == nullptr) return std::nullopt;
    out.push_back(*number);
  }
  return out;
}

}  // namespace

/// The machine that a pickle is a program for. Source: Python's pickletools.py.
class PickleMachine {
 public:
  PickleMachine(std::string_view bytes, Pickle& out)
      : all_(bytes.size()), reader_(bytes, kWhat), out_(out) {}

  void run() {
    if (reader_.take(1) != "\x80" || reader_.number<std::uint8_t>() > 5) {
      throw DataError("{} is not of protocol 2 to 5", kWhat);
    }
    for (;;) {
      const std::size_t at = all_ - reader_.left().size();
      const auto opcode = reader_.number<std::uint8_t>();
      if (opcode == '.') break;
      if (!step(opcode)) {
        throw DataError("{} has the opcode {:#04x} at byte {}, which torch.save() does not write",
                        kWhat, opcode, at);
      }
    }
    out_.root_ = pop();
    out_.size_ = all_ - reader_.left().size();
  }

 private:
  bool step(std::uint8_t opcode) {
    return push_constant(opcode) || push_text(opcode) || build_sequence(opcode) ||
           build_dict(opcode) || use_memo(opcode) || make_object(opcode);
  }

  bool push_constant(std::uint8_t opcode) {
    switch (opcode) {
      case 0x95:  // FRAME: only says how much to read at once
        reader_.take(8);
        return true;
      case 'N':
        push(PickleNone{});
        return true;
      case 0x88:
      case 0x89:
        push(opcode == 0x88);
        return true;
      case 'J':
        push(std::int64_t{reader_.number<std::int32_t>()});
        return true;
      case 'K':
        push(std::int64_t{reader_.number<std::uint8_t>()});
        return true;
      case 'M':
        push(std::int64_t{reader_.number<std::uint16_t>()});
        return true;
      case 0x8a:
        push_integer(reader_.take(reader_.number<std::uint8_t>()));
        return true;
      case 0x8b:
        push_integer(reader_.take(reader_.number<std::uint32_t>()));
        return true;
      case 'G': {  // big-endian, alone of all numbers
        const auto bits = reader_.number<std::uint64_t>();
        push(std::bit_cast<double>(__builtin_bswap64(bits)));
        return true;
      }
      default:
        return false;
    }
  }

  /// Of as many bytes as it needs, in two's complement.
  void push_integer(std::string_view bytes) {
    if (bytes.size() > 8) return push(PickleObject{"an integer of more than 64 bits"});
    const bool negative = !bytes.empty() && (bytes.back() & '\x80') != 0;
    std::int64_t value = negative ? -1 : 0;
    std::memcpy(&value, bytes.data(), bytes.size());
    push(value);
  }

  /// Texts of Python 2 and 3, and bytes.
  bool push_text(std::uint8_t opcode) {
    switch (opcode) {
      case 'U':
      case 'C':
      case 0x8c:
        push(reader_.take(reader_.number<std::uint8_t>()));
        return true;
      case 'T':
      case 'B':
      case 'X':
        push(reader_.take(reader_.number<std::uint32_t>()));
        return true;
      case 0x8d:
      case 0x8e:
      case 0x96:
        push(reader_.take(reader_.number<std::uint64_t>()));
        return true;
      default:
        return false;
    }
  }

  bool build_sequence(std::uint8_t opcode) {
    switch (opcode) {
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case ']':
      case ')':
        push(PickleList{});
        return true;
      case 't':
      case 'l':
        push(pop_to_mark());
        return true;
      case 0x85:
      case 0x86:
      case 0x87:
        push(pop_last(opcode - 0x84U));
        return true;
      case 'a':
        append(pop_last(1));
        return true;
      case 'e':
        append(pop_to_mark());
        return true;
      case 0x8f:
        push(PickleObject{"set"});
        return true;
      case 0x90:  // to a set
        pop_to_mark();
        return true;
      case 0x91:
        pop_to_mark();
        push(PickleObject{"frozenset"});
        return true;
      case '0':
        pop();
        return true;
      case '1':
        pop_to_mark();
        return true;
      case '2':
        stack_.push_back(top());
        return true;
      default:
        return false;
    }
  }

  bool build_dict(std::uint8_t opcode) {
    switch (opcode) {
      case '}':
        push(PickleDict{});
        return true;
      case 'd': {
        const PickleList items = pop_to_mark();
        push(PickleDict{});
        set(items);
        return true;
      }
      case 's':
        set(pop_last(2));
        return true;
      case 'u':
        set(pop_to_mark());
        return true;
      default:
        return false;
    }
  }

  bool use_memo(std::uint8_t opcode) {
    switch (opcode) {
      case 'q':
        memo_[reader_.number<std::uint8_t>()] = top();
        return true;
      case 'r':
        memo_[reader_.number<std::uint32_t>()] = top();
        return true;
      case 0x94:
        memo_[static_cast<std::uint32_t>(memo_.size())] = top();
        return true;
      case 'h':
        recall(reader_.number<std::uint8_t>());
        return true;
      case 'j':
        recall(reader_.number<std::uint32_t>());
        return true;
      default:
        return false;
    }
  }

  bool make_object(std::uint8_t opcode) {
    switch (opcode) {
      case 'c': {
        const std::string_view module = line();
        push_global(module, line());
        return true;
      }
      case 0x93: {
        const PickleList names = pop_last(2);
        push_global(text(*names[0]), text(*names[1]));
        return true;
      }
      case 'R':
      case 0x81: {  // a class called in one way or the other
        const PickleList call = pop_last(2);
        push_call(*call[0], *call[1]);
        return true;
      }
      case 0x92: {
        const PickleList call = pop_last(3);
        push(PickleObject{name_of(*call[0])});
        return true;
      }
      case 'b':  // the attributes of an object; of an OrderedDict those that are not entries
        pop();
        if (!top()->as<PickleObject>() && !top()->as<PickleDict>()) {
          throw DataError("{} gives attributes to what has none", kWhat);
        }
        return true;
      case 'Q':
        push_persistent(*pop());
        return true;
      default:
        return false;
    }
  }

  template <class T>
  void push(T value) {
    out_.values_.push_back({std::move(value)});
    stack_.push_back(&out_.values_.back());
  }
  PickleValue* top() {
    if (stack_.size() <= floor()) throw DataError("{} takes what is not there", kWhat);
    return stack_.back();
  }
  PickleValue* pop() {
    PickleValue* const value = top();
    stack_.pop_back();
    return value;
  }
  /// Nothing is taken from below a mark but by what takes the mark.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  PickleList pop_last(std::size_t count) {
    if (stack_.size() < floor() + count) throw DataError("{} takes what is not there", kWhat);
    PickleList out(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return out;
  }
  PickleList pop_to_mark() {
    if (marks_.empty()) throw DataError("{} has no mark where it needs one", kWhat);
    PickleList out = pop_last(stack_.size() - marks_.back());
    marks_.pop_back();
    return out;
  }

  /// Objects swallow what is appended to them: they may be lists of a class of their own.
  void append(const PickleList& items) {
    if (auto* list = std::get_if<PickleList>(&top()->held)) {
      list->insert(list->end(), items.begin(), items.end());
    } else if (!top()->as<PickleObject>()) {
      throw DataError("{} appends to what is no list", kWhat);
    }
  }
  void set(const PickleList& items) {
    auto* dict = std::get_if<PickleDict>(&top()->held);
    if ((dict == nullptr && !top()->as<PickleObject>()) || items.size() % 2 != 0) {
      throw DataError("{} sets entries of what is no dictionary", kWhat);
    }
    for (std::size_t i = 0; dict != nullptr && i < items.size(); i += 2) {
      dict->entries.emplace_back(items[i], items[i + 1]);
    }
  }

  void recall(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) throw DataError("{} recalls what it never stored", kWhat);
    stack_.push_back(found->second);
  }

  std::string_view line() {
    const std::size_t length = reader_.left().find('\n');
    const std::string_view taken = reader_.take(std::min(length, reader_.left().size()));
    reader_.take(1);
    return taken;
  }
  static std::string_view text(const PickleValue& value) {
    const auto* held = value.as<std::string_view>();
    if (held == nullptr) throw DataError("{} names a class by what is no text", kWhat);
    return *held;
  }
  void push_global(std::string_view module, std::string_view name) {
    if (module.size() + name.size() > kLongestName) {
      throw DataError("{} names a class with {} letters", kWhat, module.size() + name.size());
    }
    const auto [known, added] = globals_.emplace(fmt::format("{}.{}", module, name), nullptr);
    if (!added) return stack_.push_back(known->second);  // a name recalled takes a few bytes
    push(PickleGlobal{known->first});
    known->second = stack_.back();
  }

  static std::string_view name_of(const PickleValue& callee) {
    if (const auto* global = callee.as<PickleGlobal>()) return global->name;
    if (const auto* object = callee.as<PickleObject>()) return object->name;
    throw DataError("{} calls what is no class", kWhat);
  }

  /// The few functions that values read here come from. Every other one makes an object.
  void push_call(const PickleValue& callee, const PickleValue& arguments) {
    const std::string_view function = name_of(callee);
    const auto* list = arguments.as<PickleList>();
    if (list != nullptr) {
      if (function == "collections.OrderedDict" && list->empty()) return push(PickleDict{});
      if (function == "torch._utils._rebuild_tensor_v2" ||
          function == "torch._utils._rebuild_tensor") {
        return push_tensor(*list);
      }
      if (gives_its_first_argument(function) && !list->empty()) return push_again(list->front());
      // A parameter with attributes: the function that makes it, its class, the arguments.
      if (function == "torch._tensor._rebuild_from_type_v2" && list->size() == 4 &&
          (*list)[0]->as<PickleGlobal>() && name_of(*(*list)[0]) != function) {
        return push_call(*(*list)[0], *(*list)[2]);
      }
    }
    push(PickleObject{function});
  }
  void push_again(const PickleValue* value) {
    // The machine made it, and only the machine changes it.
    stack_.push_back(const_cast<PickleValue*>(value));
  }

  void push_tensor(const PickleList& arguments) {
    if (arguments.size() < 4) throw DataError("{} makes a tensor of too little", kWhat);
    if (const auto* object = arguments[0]->as<PickleObject>()) return push(PickleObject(*object));
    const auto* storage = arguments[0]->as<PickledStorage>();
    const auto* offset = arguments[1]->as<std::int64_t>();
    auto shape = integers(*arguments[2]), strides = integers(*arguments[3]);
    if (storage == nullptr || offset == nullptr || !shape || !strides) {
      throw DataError("{} makes a tensor of something else", kWhat);
    }
    // Storage, offset, sizes, strides, requires_grad, hooks, and then whether it is negated.
    if (arguments.size() > 6 && !is_nothing(*arguments[6])) {
      throw DataError(
          "{} has a tensor that is negated or conjugated where it is read: save a copy of it, "
          "tensor.resolve_neg()",
          kWhat);
    }
    push(PickledTensor{*storage, *offset, std::move(*shape), std::move(*strides)});
  }

  /// ("storage", its class, its key, where it lay, its elements), and in the old format, which
  /// keeps the source of a class beside it, ("module", the class, …).
  void push_persistent(const PickleValue& id) {
    const auto* parts = id.as<PickleList>();
    if (parts == nullptr || parts->size() < 2 || !(*parts)[1]->as<PickleGlobal>()) {
      throw DataError("{} refers to what is no storage", kWhat);
    }
    const std::string_view kind = text(*(*parts)[0]), name = name_of(*(*parts)[1]);
    if (kind == "module") return push_again((*parts)[1]);
    if (kind != "storage" || parts->size() < 5) {
      throw DataError("{} refers to a {}, which is no storage", kWhat, kind);
    }
    if (parts->size() > 5 && !is_nothing(*(*parts)[5])) {
      throw DataError("{} has a storage that is a part of another: save it again", kWhat);
    }
    const auto type = element_type(name);
    if (!type) return push(PickleObject{name});
    const std::string_view key = text(*(*parts)[2]);
    if (key.size() > kLongestName) throw DataError("{} names a storage too long", kWhat);
    const auto [known, added] = out_.storages_.emplace(key, *type);
    if (known->second != *type) throw DataError("{} has storage {} of two types", kWhat, key);
    push(PickledStorage{*type, key});
  }

  std::size_t all_;
  ByteReader reader_;
  Pickle& out_;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;  ///< sizes of the stack
  std::unordered_map<std::uint32_t, PickleValue*> memo_;
  std::map<std::string, PickleValue*> globals_;
};

Pickle::Pickle(std::string_view bytes) { PickleMachine(bytes, *this).run(); }

}  // namespace certify
