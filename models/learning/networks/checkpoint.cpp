#include "models/learning/networks/checkpoint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "models/learning/networks/network.h"

namespace certify {
namespace {

constexpr std::string_view kFirstWeight = "conv1.weight";  // of every network there is

/// The shortest name that ends in conv1.weight, which is that of the stem; null where there is
/// none.
const std::string* stem_of(const TensorGroup& group) {
  const std::string* stem = nullptr;
  for (const auto& [name, tensor] : group.tensors) {
    if (name.ends_with(kFirstWeight) && (!stem || name.size() < stem->size())) stem = &name;
  }
  return stem;
}

/// Where training codes keep the weights that are meant to be used, the usual places first.
std::size_t rank_of(const std::string& key) {
  constexpr std::array<std::string_view, 9> kKeys{"state_dict", "model_state_dict", "model",
                                                  "net",        "network",          "",
                                                  "ema",        "ema_state_dict",   "model_ema"};
  return static_cast<std::size_t>(std::ranges::find(kKeys, key) - kKeys.begin());
}

/// @throws DataError (without the file's name) where no dictionary has a network of these
TensorGroup& weights_of(WeightFile& file) {
  TensorGroup* best = nullptr;
  for (TensorGroup& group : file.groups) {
    if (stem_of(group) && (!best || rank_of(group.key) < rank_of(best->key))) best = &group;
  }
  if (best != nullptr) return *best;
  const auto module = file.objects.find("");
  if (module != file.objects.end()) {
    throw DataError(
        "a pickled {}, not weights alone; in Python, torch.save(model.state_dict(), FILE) writes "
        "those, and scripts/certify_torch.py writes the network: "
        "certify_torch.export(model, (C, H, W), \"network.pt\")",
        module->second);
  }
  const auto group =
      std::ranges::find_if(file.groups, [](const TensorGroup& g) { return !g.tensors.empty(); });
  const std::string first =
      group == file.groups.end() ? "" : "; the first is " + group->tensors.begin()->first;
  throw DataError(
      "no network of these: no name in its state_dict ends in {}{}. In Python, load it into its "
      "module, module.load_state_dict(…), and scripts/certify_torch.py writes that: "
      "certify_torch.export(module, (C, H, W), \"network.pt\")",
      kFirstWeight, first);
}

std::vector<float> channels_of(const StoredTensor& tensor) {
  return tensor.is_floating_point() && tensor.count() <= 16 ? tensor.values()
                                                            : std::vector<float>{};
}

/// Of a mean and a standard deviation, in public codes.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kNormalizationNames{
    {{"mean", "std"}, {"means", "sds"}, {"mu", "sigma"}}};

void require_usable(const Normalization& n, const std::string& names) {
  const auto usable = [](float d) { return std::isfinite(d) && d > 0; };
  if (!std::ranges::all_of(n.stddev, usable) ||
      !std::ranges::all_of(n.mean, [](float m) { return std::isfinite(m); })) {
    throw DataError("{} normalise by what is no positive number", names);
  }
  if (std::ranges::max(n.stddev) > 4 || std::ranges::max(n.mean) > 4) {
    throw DataError(
        "{} normalise by {}/{}, as images of 0 to 255 want it; here they are in [0,1]: save both "
        "divided by 255",
        names, fmt::join(n.mean, ","), fmt::join(n.stddev, ","));
  }
}

/// Takes a mean and a standard deviation out of the tensors, by their names.
Normalization take_normalization(std::map<std::string, StoredTensor>& tensors) {
  for (const auto& [mean, deviation] : kNormalizationNames) {
    for (const auto& [name, tensor] : tensors) {
      const bool whole = name == mean || name.ends_with(fmt::format(".{}", mean));
      if (!whole) continue;
      const std::string other = name.substr(0, name.size() - mean.size()) + std::string(deviation);
      const auto found = tensors.find(other);
      if (found == tensors.end()) continue;
      Normalization inside{channels_of(tensor), channels_of(found->second)};
      if (inside.mean.empty() || inside.mean.size() != inside.stddev.size()) continue;
      require_usable(inside, fmt::format("{} and {}", name, other));
      tensors.erase(found);
      tensors.erase(std::string(name));
      return inside;
    }
  }
  return {};
}

/// In the dictionary around the weights.
Normalization normalization_beside(WeightFile& file) {
  for (TensorGroup& group : file.groups) {
    if (!group.key.empty()) continue;
    if (Normalization found = take_normalization(group.tensors); !found.mean.empty()) return found;
  }
  for (const auto& [mean, deviation] : kNormalizationNames) {
    const auto means = file.numbers.find(std::string(mean));
    const auto deviations = file.numbers.find(std::string(deviation));
    if (means == file.numbers.end() || deviations == file.numbers.end()) continue;
    const Normalization found{means->second, deviations->second};
    if (found.mean.size() != found.stddev.size()) continue;
    require_usable(found, fmt::format("{} and {}", mean, deviation));
    return found;
  }
  return {};
}

bool is_dropped(const std::string& name) {
  return name.ends_with("num_batches_tracked") || name.find("sub_block1.") != name.npos;
}

/// The name of the first tensor of a block, but for its end.
std::string block_name(const Architecture& architecture, std::size_t stage, int block) {
  return architecture.family == Architecture::Family::kWideResNet
             ? fmt::format("block{}.layer.{}", stage + 1, block)
             : fmt::format("layer{}.{}", stage + 1, block);
}

/// Whether what tells architectures apart is there; the rest load_weights() looks at.
bool looks_like(const Architecture& a, const std::map<std::string, StoredTensor>& weights) {
  const auto shape = [&](const std::string& name) {
    const auto found = weights.find(name);
    return found == weights.end() ? Shape{} : found->second.shape();
  };
  const auto has = [&](const std::string& name) { return weights.contains(name); };
  if (!has(fmt::format("{}.bias", a.last_layer()))) return false;
  const Shape stem = shape(std::string(kFirstWeight));
  if (a.family == Architecture::Family::kSmallCnn) {
    return has("fc1.weight") && stem.size() == 4 && stem[0] == a.width;
  }
  const bool pre_activated = a.family != Architecture::Family::kResNet;
  if (stem.size() != 4 || stem[0] != (pre_activated ? a.stem : a.width)) return false;
  if (stem[2] != (a.large_stem ? 7 : 3)) return false;
  for (std::size_t stage = 0; stage < a.blocks.size(); ++stage) {
    const int count = a.blocks[stage];
    const std::string last = block_name(a, stage, count - 1) + ".conv1.weight";
    if (!has(last) || has(block_name(a, stage, count) + ".conv1.weight")) return false;
    if (shape(last)[0] != a.width << stage) return false;
  }
  if (has(block_name(a, a.blocks.size(), 0) + ".conv1.weight")) return false;
  const std::string first = block_name(a, 0, 0), second = block_name(a, 1, 0);
  const bool three = has(first + ".conv3.weight"), two = has(first + ".conv2.weight");
  if (three != (a.block == Architecture::Block::kBottleneck)) return false;
  if (!pre_activated && two == (a.block == Architecture::Block::kPlain)) return false;
  const bool projects = has(second + ".downsample.0.weight");
  const bool should = !pre_activated && a.block != Architecture::Block::kPlain &&
                      a.shortcut == Architecture::Shortcut::kProjection;
  return projects == should &&
         has(second + ".shortcut.0.weight") == (a.family == Architecture::Family::kPreActResNet);
}

std::vector<std::string_view> names_of(const std::vector<const Architecture*>& architectures) {
  std::vector<std::string_view> names;
  for (const Architecture* a : architectures) names.push_back(a->name);
  return names;
}

}  // namespace

Checkpoint read_checkpoint(const std::filesystem::path& file) {
  Checkpoint out{file, "", "", "", {}, {}, read_weight_file(file)};
  try {
    const auto arch = out.content.texts.find("arch");
    if (arch != out.content.texts.end()) out.arch = arch->second;
    TensorGroup& group = weights_of(out.content);
    out.key = group.key;
    out.normalization = take_normalization(group.tensors);
    if (out.normalization.mean.empty()) out.normalization = normalization_beside(out.content);
    const std::string stem = *stem_of(group);
    out.prefix = stem.substr(0, stem.size() - kFirstWeight.size());
    for (const auto& [name, tensor] : group.tensors) {
      if (is_dropped(name)) continue;
      if (!name.starts_with(out.prefix)) {
        throw DataError("{} is no part of the network, whose names begin with {}", name,
                        out.prefix);
      }
      out.weights.emplace(name.substr(out.prefix.size()), tensor);
    }
    for (const auto& [name, type] : group.objects) {
      throw DataError("{} is a {}, which is not read here", name, type);
    }
  } catch (const DataError& error) {
    throw DataError("{}: {}", file.string(), error.what());
  }
  return out;
}

const Architecture& recognised(const Checkpoint& checkpoint) {
  std::vector<const Architecture*> all, fitting;
  for (const Architecture& a : architectures()) {
    all.push_back(&a);
    if (looks_like(a, checkpoint.weights)) fitting.push_back(&a);
  }
  if (fitting.size() == 1) return *fitting[0];
  if (fitting.empty()) {
    throw DataError(
        "{}: no network of these: {}. In Python, load it into its module, "
        "module.load_state_dict(…), and scripts/certify_torch.py writes that: "
        "certify_torch.export(module, (C, H, W), \"network.pt\")",
        checkpoint.file.string(), fmt::join(names_of(all), ", "));
  }
  throw InputError("{}: may be {}; --arch says which", checkpoint.file.string(),
                   fmt::join(names_of(fitting), " or "));
}

Architecture fitted(Architecture architecture, const Checkpoint& checkpoint) {
  const auto& weights = checkpoint.weights;
  const std::string bias_name = fmt::format("{}.bias", architecture.last_layer());
  const auto bias = weights.find(bias_name);
  if (bias == weights.end() || bias->second.shape().size() != 1) {
    throw DataError("{}: no {}: {}, a vector with a number a class, is missing",
                    checkpoint.file.string(), architecture.name, bias_name);
  }
  architecture.classes = static_cast<int>(bias->second.shape()[0]);
  const Shape& stem = weights.at(std::string(kFirstWeight)).shape();
  if (stem.size() == 4) architecture.channels = static_cast<int>(stem[1]);
  if (architecture.family == Architecture::Family::kPreActResNet) {
    architecture.final_norm = weights.contains("bn.weight");
  }
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
    const StoredTensor& weight = found->second;
    if (weight.shape() != tensor.sizes().vec()) {
      refuse(fmt::format("{} is {}, expected {}", name, shape_text(weight.shape()),
                         shape_text(tensor.sizes().vec())));
    }
    const std::vector<float> values =
        weight.is_floating_point() ? weight.values() : std::vector<float>{NAN};
    if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); })) {
      refuse(fmt::format("{} holds what is no finite number", name));
    }
    tensor.copy_(torch::tensor(values).view(tensor.sizes()));
    left.erase(name);
  }
  if (!left.empty()) refuse(fmt::format("{} is not part of it", *left.begin()));
}

}  // namespace certify
