#include "models/learning/networks/weight_file.h"

#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/base/byte_reader.h"
#include "core/base/errors.h"
#include "models/file_kind.h"
#include "models/learning/networks/pickle.h"
#include "models/learning/networks/safetensors.h"
#include "models/torch_archive.h"

namespace certify {
namespace {

/// The bytes of a storage by its key.
using FindStorage = std::function<std::string_view(std::string_view)>;

StoredTensor located(const PickledTensor& tensor, const std::string& name,
                     const FindStorage& find_storage) {
  try {
    return {tensor.storage.type, tensor.shape, tensor.strides, tensor.offset,
            find_storage(tensor.storage.key)};
  } catch (const DataError& error) {
    throw DataError("{}: {}", name, error.what());
  }
}

/// The tensors among the entries whose key is a text; nothing else can be a weight.
TensorGroup group_of(const PickleDict& dict, std::string key, const FindStorage& find_storage) {
  TensorGroup group{std::move(key), {}, {}};
  for (const auto& [entry_key, value] : dict.entries) {
    const auto* text = entry_key->as<std::string_view>();
    if (text == nullptr) continue;
    const std::string name(*text);
    if (const auto* object = value->as<PickleObject>()) group.objects.emplace(name, object->name);
    const auto* tensor = value->as<PickledTensor>();
    if (tensor != nullptr &&
        !group.tensors.emplace(name, located(*tensor, name, find_storage)).second) {
      throw DataError("it has {} twice", name);
    }
  }
  return group;
}

/// Of a list or tuple; nothing where it is another.
std::vector<float> few_numbers(const PickleValue& value) {
  constexpr std::size_t kFew = 16;
  const auto* list = value.as<PickleList>();
  std::vector<float> numbers;
  if (list == nullptr || list->size() > kFew) return numbers;
  for (const PickleValue* item : *list) {
    const auto* real = item->as<double>();
    const auto* whole = item->as<std::int64_t>();
    if (real == nullptr && whole == nullptr) return {};
    numbers.push_back(real != nullptr ? static_cast<float>(*real) : static_cast<float>(*whole));
  }
  return numbers;
}

void take_dictionary(const PickleDict& dict, const FindStorage& find_storage, WeightFile& out) {
  const auto add = [&](TensorGroup group) {
    if (!group.tensors.empty()) out.groups.push_back(std::move(group));
  };
  add(group_of(dict, "", find_storage));
  for (const auto& [key, value] : dict.entries) {
    const auto* name = key->as<std::string_view>();
    if (name == nullptr) continue;
    if (const auto* text = value->as<std::string_view>()) out.texts.emplace(*name, *text);
    if (const auto* object = value->as<PickleObject>()) out.objects.emplace(*name, object->name);
    if (auto numbers = few_numbers(*value); !numbers.empty()) {
      out.numbers.emplace(*name, std::move(numbers));
    }
    if (const auto* inner = value->as<PickleDict>()) {
      add(group_of(*inner, std::string(*name), find_storage));
    }
  }
}

void take_pickle(const Pickle& pickle, const FindStorage& find_storage, WeightFile& out) {
  const PickleValue& root = pickle.root();
  if (const auto* dict = root.as<PickleDict>()) {
    take_dictionary(*dict, find_storage, out);
  } else if (const auto* object = root.as<PickleObject>()) {
    out.objects.emplace("", object->name);
  }
}

void read_archive(std::string_view bytes, WeightFile& out) {
  const TorchArchive archive(bytes);
  if (archive.has("byteorder") && archive.record("byteorder") != "little") {
    throw DataError("it was written on a big-endian machine: save it again on another");
  }
  std::map<std::string, std::string_view, std::less<>> storages;  // each one's checksum once
  take_pickle(
      Pickle(archive.record("data.pkl")),
      [&](std::string_view key) {
        auto found = storages.find(key);
        if (found == storages.end()) {
          const std::string_view content = archive.record(fmt::format("data/{}", key));
          found = storages.emplace(key, content).first;
        }
        return found->second;
      },
      out);
}

/// Five pickles (a magic number, the version of the protocol, what the machine was, the content,
/// the keys of the storages), and then for each key the number of elements and the elements.
void read_legacy(std::string_view bytes, WeightFile& out) {
  const auto next = [&] {
    Pickle pickle(bytes);
    bytes.remove_prefix(pickle.size());
    return pickle;
  };
  next();
  next();
  const Pickle machine = next();
  if (const auto* facts = machine.root().as<PickleDict>()) {
    for (const auto& [key, value] : facts->entries) {
      const auto* name = key->as<std::string_view>();
      const auto* is = value->as<bool>();
      if (name != nullptr && *name == "little_endian" && is != nullptr && !*is) {
        throw DataError("it was written on a big-endian machine: save it again on another");
      }
    }
  }
  const Pickle content = next();
  const Pickle keys = next();
  std::map<std::string_view, std::string_view> storages;
  const auto* list = keys.root().as<PickleList>();
  if (list == nullptr) throw DataError("it has no list of storages");
  ByteReader reader(bytes, "its last storage");
  for (const PickleValue* item : *list) {
    const auto* key = item->as<std::string_view>();
    const auto type = key == nullptr ? content.storages().end() : content.storages().find(*key);
    if (type == content.storages().end()) {
      // Where the next one begins is not known then.
      throw DataError("it has a storage of a type that is not read here");
    }
    const auto count = reader.number<std::uint64_t>(), size = bytes_of(type->second);
    if (count > reader.left().size() / size) {
      throw DataError("the file is not whole: storage {} has {} elements", *key, count);
    }
    storages.emplace(*key, reader.take(count * size));
  }
  take_pickle(
      content,
      [&](std::string_view key) {
        const auto found = storages.find(key);
        if (found == storages.end()) throw DataError("its storage {} is missing", key);
        return found->second;
      },
      out);
}

void read_all(std::string_view bytes, WeightFile& out) {
  Safetensors read = read_safetensors(bytes);
  out.groups.push_back({"", std::move(read.tensors), std::move(read.unread)});
}

/// What helps somebody who gave a file of this kind as weights.
std::string_view advice(FileKind kind) {
  switch (kind) {
    case FileKind::kTorchScript:
      return "it is complete: give it to --model of a run";
    case FileKind::kExportedProgram:
    case FileKind::kAotInductor:
    case FileKind::kOnnx:
      return "a network, not weights alone; in Python, torch.save(model.state_dict(), FILE) writes "
             "those";
    case FileKind::kSafetensorsIndex:
      return "put them into one file: in Python, safetensors.torch.save_file() of all of them";
    case FileKind::kPickle:
    case FileKind::kNumpy:
    case FileKind::kHdf5:
      return "in Python, torch.save(model.state_dict(), FILE) writes what is read here";
    case FileKind::kTar:
    case FileKind::kCompressed:
    case FileKind::kOtherArchive:
      return "unpack it first";
    case FileKind::kHtml:
      return "download it again: the server sent a page, perhaps one that asks to sign in or to "
             "confirm";
    case FileKind::kGitLfsPointer:
      return "`git lfs pull` brings the file";
    case FileKind::kBrokenArchive:
    case FileKind::kEmpty:
      return "copy or download it again";
    default:
      return "expected a state_dict of torch.save() or a safetensors file";
  }
}

}  // namespace

WeightFile read_weights(std::string_view bytes) {
  WeightFile out;
  const FileKind kind = kind_of_bytes(bytes);
  switch (kind) {
    case FileKind::kTorchSave:
      read_archive(bytes, out);
      return out;
    case FileKind::kTorchSaveLegacy:
      read_legacy(bytes, out);
      return out;
    case FileKind::kSafetensors:
      read_all(bytes, out);
      return out;
    default:
      throw DataError("{}; {}", description(kind), advice(kind));
  }
}

WeightFile read_weight_file(const std::filesystem::path& path) {
  auto file = std::make_unique<MappedFile>(path);
  try {
    WeightFile out = read_weights(file->bytes());
    out.file = std::move(file);
    return out;
  } catch (const DataError& error) {
    throw DataError("{}: {}", path.string(), error.what());
  }
}

}  // namespace certify
