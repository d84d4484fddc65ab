#include "models/learning/networks/network.h"

#include <cmath>
#include <sstream>

#include <fmt/format.h>

namespace certify {
namespace {

using torch::jit::Module;

/// Channels of a residual block, and its stride.
struct BlockShape {
  int inputs, width, stride, outputs;
};

class Builder {
 public:
  Builder(const Architecture& architecture, const Normalization& normalization)
      : architecture_(architecture), normalization_(normalization) {}

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
  /// An empty module. Each class has a name of its own: LibTorch compares classes by name, and for
  /// several of one name its analysis of aliases takes time and memory exponential in the depth of
  /// the network.
  Module named(const char* kind) { return Module(fmt::format("__torch__.{}{}", kind, ++count_)); }

  // The text of every forward pass says `.float()`: no operation on single precision, it lets a
  // file hold its weights in 16 bits.

  /// A module with parameters that are zero, and what it makes of x.
  Module layer_of(const char* kind,
                  const std::vector<std::pair<const char*, std::vector<std::int64_t>>>& parameters,
                  const std::string& result) {
    Module module = named(kind);
    for (const auto& [name, shape] : parameters) {
      module.register_parameter(name, torch::zeros(shape), false);
    }
    module.define("def forward(self, x):\n    return " + result + "\n");
    return module;
  }

  /// Padded by half its kernel, without bias.
  Module convolution(int inputs, int outputs, int kernel, int stride) {
    return layer_of(
        "Conv2d", {{"weight", {outputs, inputs, kernel, kernel}}},
        fmt::format("torch.conv2d(x, self.weight.float(), None, [{0}, {0}], [{1}, {1}])", stride,
                    kernel / 2));
  }
  /// Not padded, stride 1, with bias.
  Module valid_convolution(int inputs, int outputs, int kernel) {
    return layer_of("Conv2d", {{"weight", {outputs, inputs, kernel, kernel}}, {"bias", {outputs}}},
                    "torch.conv2d(x, self.weight.float(), self.bias.float())");
  }
  Module linear(int inputs, int outputs) {
    return layer_of("Linear", {{"weight", {outputs, inputs}}, {"bias", {outputs}}},
                    "torch.linear(x, self.weight.float(), self.bias.float())");
  }

  /// Learns while the module is in training mode.
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

  /// @return its line in the network's forward pass
  const char* add_normalization(Module& network) {
    if (normalization_.mean.empty()) return "";
    const auto stored = [](const std::vector<float>& values) {
      return torch::tensor(values).view({1, -1, 1, 1});
    };
    Module module = named("Normalize");
    module.register_buffer("mean", stored(normalization_.mean));
    module.register_buffer("std", stored(normalization_.stddev));
    module.define("def forward(self, x):\n    return (x - self.mean) / self.std\n");
    network.register_module("normalize", module);
    return "    x = self.normalize.forward(x)\n";
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
  const Normalization& normalization_;
  int count_ = 0;     ///< of modules
  int channels_ = 0;  ///< that come out of what was built so far
};

}  // namespace

Module make_network(const Architecture& architecture, const Normalization& normalization) {
  Builder builder(architecture, normalization);
  const bool small = architecture.family == Architecture::Family::kSmallCnn;
  return small ? builder.small_cnn() : builder.resnet();
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
