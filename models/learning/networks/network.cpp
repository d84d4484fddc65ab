#include "models/learning/networks/network.h"

#include <cmath>
#include <sstream>

#include <fmt/format.h>

#include "models/learning/networks/dncnn.h"
#include "models/learning/networks/layers.h"
#include "models/learning/networks/pre_activation.h"

namespace certify {
namespace {

using torch::jit::Module;

/// Channels of a residual block, and its stride.
struct BlockShape {
  int inputs, width, stride, outputs;
};

class Builder : Layers {
 public:
  Builder(const Architecture& architecture, const Normalization& normalization)
      : Layers(normalization), architecture_(architecture) {}

  Module resnet() {
    Module network = named("ResNet");
    const std::string normalized = add_normalization(network);
    channels_ = architecture_.width;
    const bool large = architecture_.large_stem;
    network.register_module(
        "conv1", convolution(architecture_.channels, channels_, large ? 7 : 3, large ? 2 : 1));
    network.register_module("bn1", batch_norm(channels_));
    std::string stages;
    for (std::size_t i = 0; i < architecture_.blocks.size(); ++i) {
      const std::string name = fmt::format("layer{}", i + 1);
      network.register_module(name, stage(static_cast<int>(i)));
      stages += fmt::format("    x = self.{}.forward(x)\n", name);
    }
    network.register_module("fc", linear(channels_, architecture_.classes));
    network.define(fmt::format(
        "def forward(self, x):\n"
        "{}"
        "    x = torch.relu(self.bn1.forward(self.conv1.forward(x)))\n"
        "{}{}"
        "    x = torch.adaptive_avg_pool2d(x, [1, 1])\n"
        "    return self.fc.forward(torch.flatten(x, 1))\n",
        normalized, large ? "    x = torch.max_pool2d(x, [3, 3], [2, 2], [1, 1])\n" : "", stages));
    return network;
  }

  /// 3×3 convolution to `width` channels, ReLU, 3×3 convolution to twice as many, 2×2 max pooling,
  /// a linear layer to 128, ReLU, a linear layer to the classes; no padding, all with bias, and the
  /// names conv1, conv2, fc1, fc2. Takes images of the architecture's side only.
  /// Source: mnist_train.py of the authors' code (github.com/ltecot/rand_smoothing_indep_vars),
  /// whose one network serves both data sets. It is PyTorch's example for MNIST of that time, so
  /// there is no ReLU behind the second convolution. Its dropout is left out: it does nothing once
  /// the network is trained, and in training the noise on the images is there in its place.
  Module small_cnn() {
    constexpr int kHidden = 128;
    const int width = architecture_.width;
    const int pooled = (architecture_.side - 4) / 2, features = 2 * width * pooled * pooled;
    Module network = named("SmallCnn");
    const std::string normalized = add_normalization(network);
    network.register_module("conv1", valid_convolution(architecture_.channels, width, 3));
    network.register_module("conv2", valid_convolution(width, 2 * width, 3));
    network.register_module("fc1", linear(features, kHidden));
    network.register_module("fc2", linear(kHidden, architecture_.classes));
    network.define("def forward(self, x):\n" + normalized +
                   "    x = self.conv2.forward(torch.relu(self.conv1.forward(x)))\n"
                   "    x = torch.flatten(torch.max_pool2d(x, [2, 2]), 1)\n"
                   "    return self.fc2.forward(torch.relu(self.fc1.forward(x)))\n");
    return network;
  }

 private:
  Module stage(int index) {
    const int expansion = architecture_.block == Architecture::Block::kBottleneck ? 4 : 1;
    const int width = architecture_.width << index;
    std::vector<Module> parts;
    for (int i = 0; i < architecture_.blocks[static_cast<std::size_t>(index)]; ++i) {
      const int stride = index > 0 && i == 0 ? 2 : 1;
      parts.push_back(block({channels_, width, stride, width * expansion}));
      channels_ = width * expansion;
    }
    return sequence(parts);
  }

  Module plain_block(const BlockShape& shape) {
    Module module = named("PlainBlock");
    module.register_module("conv1", convolution(shape.inputs, shape.outputs, 3, shape.stride));
    module.register_module("bn1", batch_norm(shape.outputs));
    module.define(
        "def forward(self, x):\n    return torch.relu(self.bn1.forward(self.conv1.forward(x)))\n");
    return module;
  }

  Module block(const BlockShape& shape) {
    if (architecture_.block == Architecture::Block::kPlain) return plain_block(shape);
    const bool bottleneck = architecture_.block == Architecture::Block::kBottleneck;
    Module module = named(bottleneck ? "Bottleneck" : "BasicBlock");
    int last = 0;
    const auto add = [&](int inputs, int outputs, int kernel, int stride) {
      ++last;
      module.register_module(fmt::format("conv{}", last),
                             convolution(inputs, outputs, kernel, stride));
      module.register_module(fmt::format("bn{}", last), batch_norm(outputs));
    };
    if (bottleneck) {
      add(shape.inputs, shape.width, 1, 1);
      add(shape.width, shape.width, 3, shape.stride);  // not at the first, as torchvision has it
      add(shape.width, shape.outputs, 1, 1);
    } else {
      add(shape.inputs, shape.width, 3, shape.stride);
      add(shape.width, shape.outputs, 3, 1);
    }
    std::string body = "    y = x\n";
    for (int i = 1; i <= last; ++i) {
      const std::string layer = fmt::format("self.bn{0}.forward(self.conv{0}.forward(y))", i);
      body += i < last ? fmt::format("    y = torch.relu({})\n", layer)
                       : fmt::format("    y = {}\n", layer);
    }
    const std::string shortcut = add_shortcut(shape, module);
    module.define("def forward(self, x):\n" + body +
                  fmt::format("    return torch.relu(y + {})\n", shortcut));
    return module;
  }

  /// @return its text in the block's forward pass
  std::string add_shortcut(const BlockShape& shape, Module& block) {
    if (shape.stride == 1 && shape.inputs == shape.outputs) return "x";
    if (architecture_.shortcut == Architecture::Shortcut::kPad) {
      const int before = (shape.outputs - shape.inputs) / 2;
      return fmt::format("torch.constant_pad_nd(x[:, :, ::{0}, ::{0}], [0, 0, 0, 0, {1}, {2}])",
                         shape.stride, before, shape.outputs - shape.inputs - before);
    }
    block.register_module("downsample",
                          sequence({convolution(shape.inputs, shape.outputs, 1, shape.stride),
                                    batch_norm(shape.outputs)}));
    return "self.downsample.forward(x)";
  }

  const Architecture& architecture_;
  int channels_ = 0;  ///< that come out of what was built so far
};

}  // namespace

Module make_network(const Architecture& architecture, const Normalization& normalization) {
  switch (architecture.family) {
    case Architecture::Family::kResNet:
      return Builder(architecture, normalization).resnet();
    case Architecture::Family::kSmallCnn:
      return Builder(architecture, normalization).small_cnn();
    case Architecture::Family::kDnCnn:
      return make_dncnn(architecture);
    case Architecture::Family::kWideResNet:
    case Architecture::Family::kPreActResNet:
      break;
  }
  return make_pre_activation_network(architecture, normalization);
}

void initialize(const Module& network, at::Generator generator) {
  const torch::NoGradGuard no_grad;
  for (const auto& parameter : network.named_parameters()) {
    at::Tensor value = parameter.value;
    if (value.dim() == 4) {
      const auto fan_out = static_cast<double>(value.size(0) * value.size(2) * value.size(3));
      value.normal_(0, std::sqrt(2 / fan_out), generator);
    } else if (value.dim() == 2) {
      const double bound = 1 / std::sqrt(static_cast<double>(value.size(1)));
      value.uniform_(-bound, bound, generator);
    }
  }
}

NamedTensors named_weights(const Module& network) {
  NamedTensors weights;
  for (const auto& p : network.named_parameters()) weights.emplace_back(p.name, p.value);
  for (const auto& b : network.named_buffers()) {
    if (!b.name.starts_with("normalize.")) weights.emplace_back(b.name, b.value);
  }
  return weights;
}

std::string torchscript_bytes(Module network) {
  network.eval();
  std::ostringstream out;  // not a file: its name would become part of the bytes
  network.save(out);
  return std::move(out).str();
}

void store_in_half(const Module& network) {
  for (auto& [name, tensor] : named_weights(network)) tensor.set_data(tensor.to(at::kHalf));
}

}  // namespace certify
