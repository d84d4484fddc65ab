#include "models/networks/resnet.h"

#include <cmath>
#include <string>

#include <fmt/format.h>

namespace certify {
namespace {

using torch::jit::Module;

// The text of every forward pass says `.float()`: no operation on single precision, it lets a file
// hold its weights in 16 bits.

/// Layers of one network.
class Layers {
 public:
  /// Each class has a name of its own: LibTorch compares classes by name, and for several of one
  /// name its analysis of aliases takes time and memory exponential in the depth of the network.
  Module named(const char* kind) { return Module(fmt::format("__torch__.{}{}", kind, ++count_)); }

  Module convolution(int inputs, int outputs, int kernel, int stride) {
    Module module = named("Conv2d");
    module.register_parameter("weight", torch::zeros({outputs, inputs, kernel, kernel}), false);
    module.define(
        fmt::format("def forward(self, x):\n"
                    "    return torch.conv2d(x, self.weight.float(), None, [{0}, {0}], "
                    "[{1}, {1}])\n",
                    stride, kernel / 2));
    return module;
  }

  Module batch_norm(int channels) {
    Module module = named("BatchNorm2d");
    module.register_parameter("weight", torch::ones({channels}), false);
    module.register_parameter("bias", torch::zeros({channels}), false);
    module.register_buffer("running_mean", torch::zeros({channels}));
    module.register_buffer("running_var", torch::ones({channels}));
    module.register_attribute("training", c10::BoolType::get(), true);
    module.define(R"(
def forward(self, x):
    return torch.batch_norm(x, self.weight.float(), self.bias.float(), self.running_mean.float(),
                            self.running_var.float(), self.training, 0.1, 1e-05, True)
)");
    return module;
  }

  Module linear(int inputs, int outputs) {
    Module module = named("Linear");
    module.register_parameter("weight", torch::zeros({outputs, inputs}), false);
    module.register_parameter("bias", torch::zeros({outputs}), false);
    module.define(
        "def forward(self, x):\n    return torch.linear(x, self.weight.float(), "
        "self.bias.float())\n");
    return module;
  }

  /// One module behind the other, called "0", "1", …
  Module sequence(const std::vector<Module>& parts) {
    Module module = named("Sequential");
    std::string body;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      module.register_module(fmt::format("{}", i), parts[i]);
      body += fmt::format("    x = getattr(self, \"{}\").forward(x)\n", i);
    }
    module.define("def forward(self, x):\n" + body + "    return x\n");
    return module;
  }

  Module normalization_layer(const Normalization& normalization) {
    const auto channels = static_cast<std::int64_t>(normalization.mean.size());
    const auto stored = [&](const std::vector<float>& values) {
      return torch::tensor(values).view({1, channels, 1, 1});
    };
    Module module = named("Normalize");
    module.register_buffer("mean", stored(normalization.mean));
    module.register_buffer("std", stored(normalization.stddev));
    module.define("def forward(self, x):\n    return (x - self.mean) / self.std\n");
    return module;
  }

 private:
  int count_ = 0;
};

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
    if (normalizes)
      network.register_module("normalize", layers_.normalization_layer(normalization));
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
    network.register_module("conv1",
                            layers_.convolution(3, channels_, large ? 7 : 3, large ? 2 : 1));
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

  Module block(const BlockShape& shape) {
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

void initialize(const torch::jit::Module& network, at::Generator generator) {
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

}  // namespace certify
