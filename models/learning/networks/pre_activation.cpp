#include "models/learning/networks/pre_activation.h"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "models/learning/networks/layers.h"

namespace certify {
namespace {

class PreActivationBuilder : Layers {
 public:
  PreActivationBuilder(const Architecture& architecture, const Normalization& normalization)
      : Layers(normalization), architecture_(architecture) {}

  Module build() {
    const bool wide = architecture_.family == Architecture::Family::kWideResNet;
    Module network = named(wide ? "WideResNet" : "PreActResNet");
    std::string body = add_normalization(network);
    network.register_module("conv1", convolution(architecture_.channels, architecture_.stem, 3, 1));
    body += "    x = self.conv1.forward(x)\n";
    channels_ = architecture_.stem;
    for (std::size_t i = 0; i < architecture_.blocks.size(); ++i) {
      const std::string name = fmt::format("{}{}", wide ? "block" : "layer", i + 1);
      network.register_module(name, wide ? wide_stage(i) : stage(i));
      body += fmt::format("    x = self.{}.forward(x)\n", name);
    }
    if (architecture_.final_norm) {
      const char* name = wide ? "bn1" : "bn";
      network.register_module(name, batch_norm(channels_));
      body += fmt::format("    x = torch.relu(self.{}.forward(x))\n", name);
    }
    network.register_module(architecture_.last_layer(), linear(channels_, architecture_.classes));
    network.define("def forward(self, x):\n" + body +
                   fmt::format("    x = torch.adaptive_avg_pool2d(x, [1, 1])\n"
                               "    return self.{}.forward(torch.flatten(x, 1))\n",
                               architecture_.last_layer()));
    return network;
  }

 private:
  Module stage(std::size_t index) {
    const int width = architecture_.width << index;
    std::vector<Module> parts;
    for (int i = 0; i < architecture_.blocks[index]; ++i) {
      parts.push_back(block(channels_, width, index > 0 && i == 0 ? 2 : 1));
      channels_ = width;
    }
    return sequence(parts);
  }

  Module wide_stage(std::size_t index) {
    Module module = named("NetworkBlock");
    module.register_module("layer", stage(index));
    module.define("def forward(self, x):\n    return self.layer.forward(x)\n");
    return module;
  }

  /// The first BatchNorm and ReLU are for both ways where the shortcut is a convolution, and only
  /// for the long one where it is the identity.
  Module block(int inputs, int outputs, int stride) {
    const bool wide = architecture_.family == Architecture::Family::kWideResNet;
    // A WideResNet's shortcut follows the number of channels alone.
    const bool identity = inputs == outputs && (wide || stride == 1);
    Module module = named("PreActBlock");
    module.register_module("bn1", batch_norm(inputs));
    module.register_module("conv1", convolution(inputs, outputs, 3, stride));
    module.register_module("bn2", batch_norm(outputs));
    module.register_module("conv2", convolution(outputs, outputs, 3, 1));
    std::string shortcut = "x";
    if (!identity && wide) {
      module.register_module("convShortcut", convolution(inputs, outputs, 1, stride));
      shortcut = "self.convShortcut.forward(y)";
    } else if (!identity) {
      module.register_module("shortcut", sequence({convolution(inputs, outputs, 1, stride)}));
      shortcut = "self.shortcut.forward(y)";
    }
    module.define(
        fmt::format("def forward(self, x):\n"
                    "    y = torch.relu(self.bn1.forward(x))\n"
                    "    z = torch.relu(self.bn2.forward(self.conv1.forward(y)))\n"
                    "    return self.conv2.forward(z) + {}\n",
                    shortcut));
    return module;
  }

  const Architecture& architecture_;
  int channels_ = 0;  ///< that come out of what was built so far
};

}  // namespace

torch::jit::Module make_pre_activation_network(const Architecture& architecture,
                                               const Normalization& normalization) {
  return PreActivationBuilder(architecture, normalization).build();
}

}  // namespace certify
