#include "models/learning/networks/layers.h"

#include <fmt/format.h>

namespace certify {

using torch::jit::Module;

// The text of every forward pass says `.float()`: no operation on single precision, it lets a file
// hold its weights in 16 bits.

Module Layers::named(const char* kind) {
  return Module(fmt::format("__torch__.{}{}", kind, ++count_));
}

Module Layers::convolution(int inputs, int outputs, int kernel, int stride) {
  Module module = named("Conv2d");
  module.register_parameter("weight", torch::zeros({outputs, inputs, kernel, kernel}), false);
  module.define(
      fmt::format("def forward(self, x):\n"
                  "    return torch.conv2d(x, self.weight.float(), None, [{0}, {0}], "
                  "[{1}, {1}])\n",
                  stride, kernel / 2));
  return module;
}

Module Layers::valid_convolution(int inputs, int outputs, int kernel) {
  Module module = named("Conv2d");
  module.register_parameter("weight", torch::zeros({outputs, inputs, kernel, kernel}), false);
  module.register_parameter("bias", torch::zeros({outputs}), false);
  module.define(
      "def forward(self, x):\n    return torch.conv2d(x, self.weight.float(), "
      "self.bias.float())\n");
  return module;
}

Module Layers::batch_norm(int channels) {
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

Module Layers::linear(int inputs, int outputs) {
  Module module = named("Linear");
  module.register_parameter("weight", torch::zeros({outputs, inputs}), false);
  module.register_parameter("bias", torch::zeros({outputs}), false);
  module.define(
      "def forward(self, x):\n    return torch.linear(x, self.weight.float(), "
      "self.bias.float())\n");
  return module;
}

Module Layers::sequence(const std::vector<Module>& parts) {
  Module module = named("Sequential");
  std::string body;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    module.register_module(fmt::format("{}", i), parts[i]);
    body += fmt::format("    x = getattr(self, \"{}\").forward(x)\n", i);
  }
  module.define("def forward(self, x):\n" + body + "    return x\n");
  return module;
}

Module Layers::normalization(const Normalization& normalization) {
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

}  // namespace certify
