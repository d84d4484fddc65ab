#include "models/learning/networks/architecture.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"

namespace certify {
namespace {

constexpr std::string_view kCohensPrefix = "cifar_";

Architecture small_resnet(int depth, Architecture::Shortcut shortcut) {
  Architecture a;
  const bool pads = shortcut == Architecture::Shortcut::kPad;
  a.name = fmt::format("resnet{}{}", depth, pads ? "-a" : "");
  a.shortcut = shortcut;
  a.blocks.assign(3, (depth - 2) / 6);
  a.normalization = "cifar10";
  return a;
}

Architecture resnet50() {
  Architecture a;
  a.name = "resnet50";
  a.block = Architecture::Block::kBottleneck;
  a.blocks = {3, 4, 6, 3};
  a.width = 64;
  a.large_stem = true;
  a.side = 224;
  a.classes = 1000;
  a.normalization = "imagenet";
  return a;
}

Architecture small_cnn(const std::string& dataset) {
  Architecture a;
  a.name = dataset + "-cnn";
  a.family = Architecture::Family::kSmallCnn;
  a.width = 32;
  a.channels = 1;
  a.side = 28;
  a.normalization = dataset;
  return a;
}

Architecture cnn5() {
  Architecture a;
  a.name = "cnn5";
  a.block = Architecture::Block::kPlain;
  a.blocks = {2, 2};
  a.width = 32;
  a.large_stem = true;
  a.normalization = "cifar10";
  a.recipe = {.epochs = 30, .weight_decay = 5e-4, .less_noise = 0.25};
  return a;
}

std::vector<Architecture> make_all() {
  std::vector<Architecture> all;
  for (const auto shortcut : {Architecture::Shortcut::kProjection, Architecture::Shortcut::kPad}) {
    for (const int depth : {20, 32, 44, 56, 110}) all.push_back(small_resnet(depth, shortcut));
  }
  all.push_back(resnet50());
  for (const char* dataset : {"mnist", "fashion-mnist"}) all.push_back(small_cnn(dataset));
  all.push_back(cnn5());
  return all;
}

}  // namespace

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> all = make_all();
  return all;
}

const Architecture& find_architecture(std::string_view name) {
  const std::string_view known =
      name.starts_with(kCohensPrefix) ? name.substr(kCohensPrefix.size()) : name;
  const auto found = std::find_if(architectures().begin(), architectures().end(),
                                  [&](const Architecture& a) { return a.name == known; });
  if (found != architectures().end()) return *found;
  std::vector<std::string_view> names;
  for (const Architecture& a : architectures()) names.push_back(a.name);
  throw InputError(fmt::format("architecture {}: there are {}", name, fmt::join(names, ", ")));
}

}  // namespace certify
