#include "models/learning/networks/resnet.h"

#include <string>

#include <fmt/format.h>

#include "models/learning/networks/layers.h"

namespace certify {
namespace {

using torch::jit::Module;

/// Channels of a residual block, and its stride.
struct BlockShape {
  int inputs, width, stride, outputs;
};

class Builder {
 public:
  explicit Builder(const Architecture& architecture) : architecture_(architecture) {}

  Module build(int classes, const Normalization& normalization) {
    Module network = layers_.named("ResNet");
    const bool normalizes = !normalization.mean.empty();
    if (normalizes) network.register_module("normalize", layers_.normalization(normalization));
    add_stem(network);
    std::string stages;
    for (std::size_t i = 0; i < architecture_.blocks.size(); ++i) {
      const std::string name = fmt::format("layer{}", i + 1);
      network.register_module(name, stage(static_cast<int>(i)));
      stages += fmt::format("    x = self.{}.forward(x)\n", name);
    }
    network.register_module("fc", layers_.linear(channels_, classes));
    network.define(fmt::format(
        "def forward(self, x):\n"
        "{}"
        "    x = torch.relu(self.bn1.forward(self.conv1.forward(x)))\n"
        "{}{}"
        "    x = torch.adaptive_avg_pool2d(x, [1, 1])\n"
        "    return self.fc.forward(torch.flatten(x, 1))\n",
        normalizes ? "    x = self.normalize.forward(x)\n" : "",
        architecture_.large_stem ? "    x = torch.max_pool2d(x, [3, 3], [2, 2], [1, 1])\n" : "",
        stages));
    return network;
  }

 private:
  void add_stem(Module& network) {
    channels_ = architecture_.width;
    const bool large = architecture_.large_stem;
    network.register_module("conv1", layers_.convolution(architecture_.channels, channels_,
                                                         large ? 7 : 3, large ? 2 : 1));
    network.register_module("bn1", layers_.batch_norm(channels_));
  }

  Module stage(int index) {
    const int expansion = architecture_.block == Architecture::Block::kBottleneck ? 4 : 1;
    const int width = architecture_.width << index;
    std::vector<Module> parts;
    for (int i = 0; i < architecture_.blocks[static_cast<std::size_t>(index)]; ++i) {
      const int stride = index > 0 && i == 0 ? 2 : 1;
      parts.push_back(block({channels_, width, stride, width * expansion}));
      channels_ = width * expansion;
    }
    return layers_.sequence(parts);
  }

  Module plain_block(const BlockShape& shape) {
    Module module = layers_.named("PlainBlock");
    module.register_module("conv1",
                           layers_.convolution(shape.inputs, shape.outputs, 3, shape.stride));
    module.register_module("bn1", layers_.batch_norm(shape.outputs));
    module.define(
        "def forward(self, x):\n    return torch.relu(self.bn1.forward(self.conv1.forward(x)))\n");
    return module;
  }

  Module block(const BlockShape& shape) {
    if (architecture_.block == Architecture::Block::kPlain) return plain_block(shape);
    const bool bottleneck = architecture_.block == Architecture::Block::kBottleneck;
    Module module = layers_.named(bottleneck ? "Bottleneck" : "BasicBlock");
    int last = 0;
    const auto add = [&](int inputs, int outputs, int kernel, int stride) {
      ++last;
      module.register_module(fmt::format("conv{}", last),
                             layers_.convolution(inputs, outputs, kernel, stride));
      module.register_module(fmt::format("bn{}", last), layers_.batch_norm(outputs));
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
    block.register_module(
        "downsample",
        layers_.sequence({layers_.convolution(shape.inputs, shape.outputs, 1, shape.stride),
                          layers_.batch_norm(shape.outputs)}));
    return "self.downsample.forward(x)";
  }

  const Architecture& architecture_;
  Layers layers_;
  int channels_ = 0;  ///< that come out of what was built so far
};

}  // namespace

torch::jit::Module make_resnet(const Architecture& architecture, int classes,
                               const Normalization& normalization) {
  return Builder(architecture).build(classes, normalization);
}

}  // namespace certify
