#include "models/learning/networks/checkpoint.h"

#include <torch/csrc/jit/serialization/pickle.h>

#include <set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "models/learning/networks/network.h"

namespace certify {
namespace {

constexpr std::string_view kFirstWeight = "conv1.weight";  // of every network there is

c10::IValue unpickle(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  try {
    return torch::jit::pickle_load({bytes.begin(), bytes.end()});
  } catch (const std::exception&) {
    throw DataError(
        "{}: not a checkpoint of plain dictionaries and tensors; if Python's torch "
        "saved it, scripts/plain_checkpoint.py makes one of it",
        file.string());
  }
}

/// Entries whose key is a text; nothing else can be a weight.
std::map<std::string, c10::IValue> entries(const c10::IValue& value) {
  std::map<std::string, c10::IValue> out;
  if (!value.isGenericDict()) return out;
  for (const auto& entry : value.toGenericDict()) {
    if (entry.key().isString()) out.emplace(entry.key().toStringRef(), entry.value());
  }
  return out;
}

/// What stands before the names of the network itself: the shortest name that ends in
/// conv1.weight is that of the stem.
std::string prefix_of(const std::map<std::string, c10::IValue>& state, const std::string& file) {
  const std::string* stem = nullptr;
  for (const auto& [name, value] : state) {
    if (name.ends_with(kFirstWeight) && (!stem || name.size() < stem->size())) stem = &name;
  }
  if (!stem) {
    throw DataError("{}: no network of these: no name in its state_dict ends in {}{}", file,
                    kFirstWeight,
                    state.empty() ? "" : fmt::format("; the first is {}", state.begin()->first));
  }
  return stem->substr(0, stem->size() - kFirstWeight.size());
}

std::string shape_text(const at::Tensor& tensor) { return fmt::format("{}", tensor.sizes().vec()); }

}  // namespace

Checkpoint read_checkpoint(const std::filesystem::path& file) {
  Checkpoint out{file, "", {}, unpickle(file)};
  const auto top = entries(out.content);
  const auto arch = top.find("arch");
  if (arch != top.end() && arch->second.isString()) out.arch = arch->second.toStringRef();
  const auto inside = top.find("state_dict");
  const auto state = inside == top.end() ? top : entries(inside->second);
  const std::string prefix = prefix_of(state, file.string());
  for (const auto& [name, value] : state) {
    if (name.ends_with("num_batches_tracked") || !value.isTensor()) continue;
    if (!name.starts_with(prefix)) {
      throw DataError("{}: {} is no part of the network, whose names begin with {}", file.string(),
                      name, prefix);
    }
    out.weights.emplace(name.substr(prefix.size()), value.toTensor());
  }
  return out;
}

Architecture fitted(Architecture architecture, const Checkpoint& checkpoint) {
  const auto& weights = checkpoint.weights;
  const std::string bias_name = fmt::format("{}.bias", architecture.last_layer());
  const auto bias = weights.find(bias_name);
  if (bias == weights.end() || bias->second.dim() != 1) {
    throw DataError("{}: no {}: {}, a vector with a number a class, is missing",
                    checkpoint.file.string(), architecture.name, bias_name);
  }
  architecture.classes = static_cast<int>(bias->second.size(0));
  const at::Tensor& stem = weights.at(std::string(kFirstWeight));
  if (stem.dim() == 4) architecture.channels = static_cast<int>(stem.size(1));
  return architecture;
}

void load_weights(const Checkpoint& checkpoint, const Architecture& architecture,
                  const torch::jit::Module& network) {
  const auto refuse = [&](const std::string& what) {
    const std::string says =
        checkpoint.arch.empty() ? "" : fmt::format(" (its arch is {})", checkpoint.arch);
    throw DataError("{}: no {}: {}{}", checkpoint.file.string(), architecture.name, what, says);
  };
  const torch::NoGradGuard no_grad;
  std::set<std::string> left;
  for (const auto& [name, tensor] : checkpoint.weights) left.insert(name);
  for (const auto& [name, tensor] : named_weights(network)) {
    const auto found = checkpoint.weights.find(name);
    if (found == checkpoint.weights.end()) refuse(fmt::format("{} is missing", name));
    const at::Tensor& weight = found->second;
    if (weight.sizes() != tensor.sizes()) {
      refuse(fmt::format("{} is {}, expected {}", name, shape_text(weight), shape_text(tensor)));
    }
    if (!weight.is_floating_point() || !weight.isfinite().all().item<bool>()) {
      refuse(fmt::format("{} holds what is no finite number", name));
    }
    tensor.copy_(weight);
    left.erase(name);
  }
  if (!left.empty()) refuse(fmt::format("{} is not part of it", *left.begin()));
}

}  // namespace certify
