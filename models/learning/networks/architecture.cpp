#include "models/learning/networks/architecture.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"

namespace certify {
namespace {

constexpr std::string_view kCohensPrefix = "cifar_";

std::vector<Architecture> make_all() {
  using Block = Architecture::Block;
  using Shortcut = Architecture::Shortcut;
  std::vector<Architecture> all;
  for (const auto& [shortcut, ending] :
       {std::pair{Shortcut::kProjection, ""}, {Shortcut::kPad, "-a"}}) {
    for (const int depth : {20, 32, 44, 56, 110}) {
      all.push_back({.name = fmt::format("resnet{}{}", depth, ending),
                     .shortcut = shortcut,
                     .blocks = std::vector<int>(3, (depth - 2) / 6),
                     .normalization = "cifar10"});
    }
  }
  all.push_back({.name = "resnet50",
                 .block = Block::kBottleneck,
                 .blocks = {3, 4, 6, 3},
                 .width = 64,
                 .large_stem = true,
                 .side = 224,
                 .classes = 1000,
                 .normalization = "imagenet"});
  for (const std::string dataset : {"mnist", "fashion-mnist"}) {
    all.push_back({.name = dataset + "-cnn",
                   .family = Architecture::Family::kSmallCnn,
                   .width = 32,
                   .channels = 1,
                   .side = 28,
                   .normalization = dataset});
  }
  // Less noise on a quarter of the images: on the shapes, clean images look too unlike noisy ones.
  // With full noise on all, the network is better at noisy images than at clean ones. For ResNets
  // the recipe stays that of Cohen et al.
  all.push_back({.name = "cnn5",
                 .block = Block::kPlain,
                 .blocks = {2, 2},
                 .width = 32,
                 .large_stem = true,
                 .normalization = "cifar10",
                 .recipe = {.epochs = 30, .weight_decay = 5e-4, .less_noise = 0.25}});
  for (const auto& [depth, widening] : {std::pair{28, 10}, {34, 10}, {70, 16}}) {
    all.push_back({.name = fmt::format("wrn-{}-{}", depth, widening),
                   .family = Architecture::Family::kWideResNet,
                   .blocks = std::vector<int>(3, (depth - 4) / 6),
                   .width = 16 * widening,
                   .normalization = "none"});
  }
  all.push_back({.name = "preactresnet18",
                 .family = Architecture::Family::kPreActResNet,
                 .blocks = {2, 2, 2, 2},
                 .width = 64,
                 .stem = 64,
                 .normalization = "cifar10"});
  return all;
}

}  // namespace

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> all = make_all();
  return all;
}

namespace {
const Architecture* look_up(std::string_view name) {
  const std::string_view known =
      name.starts_with(kCohensPrefix) ? name.substr(kCohensPrefix.size()) : name;
  const auto found = std::find_if(architectures().begin(), architectures().end(),
                                  [&](const Architecture& a) { return a.name == known; });
  return found == architectures().end() ? nullptr : &*found;
}
}  // namespace

bool is_architecture(std::string_view name) { return look_up(name) != nullptr; }

namespace {
[[noreturn]] void refuse(const char* what, std::string_view name,
                         const std::vector<Architecture>& known) {
  std::vector<std::string_view> names;
  for (const Architecture& a : known) names.push_back(a.name);
  throw InputError("{} {}: there are {}", what, name, fmt::join(names, ", "));
}
}  // namespace

const Architecture& find_architecture(std::string_view name) {
  if (const Architecture* found = look_up(name)) return *found;
  for (const Architecture& a : denoiser_architectures()) {
    if (a.name == name) {
      throw InputError("architecture {}: is a denoiser: certify train --denoiser {}", name, name);
    }
  }
  refuse("architecture", name, architectures());
}

const std::vector<Architecture>& denoiser_architectures() {
  static const std::vector<Architecture> all{
      {.name = "dncnn",
       .family = Architecture::Family::kDnCnn,
       .blocks = {17},
       .width = 64,
       .recipe = {.learning_rate = 1e-3, .adam = true}},
      {.name = "dncnn-small",
       .family = Architecture::Family::kDnCnn,
       .blocks = {7},
       .width = 16,
       .recipe = {.epochs = 40, .learning_rate = 5e-3, .adam = true}}};
  return all;
}

const Architecture& find_denoiser_architecture(std::string_view name) {
  for (const Architecture& a : denoiser_architectures()) {
    if (a.name == name) return a;
  }
  refuse("denoiser", name, denoiser_architectures());
}

}  // namespace certify
