#include "models/learning/networks/layers.h"

#include <fmt/format.h>

namespace certify {

Layers::Module Layers::named(const char* kind) {
  return Module(fmt::format("__torch__.{}{}", kind, ++count_));
}

/// A module with parameters that are zero, and what it makes of x.
Layers::Module Layers::layer_of(
    const char* kind,
    const std::vector<std::pair<const char*, std::vector<std::int64_t>>>& parameters,
    const std::string& result) {
  Module module = named(kind);
  for (const auto& [name, shape] : parameters) {
    module.register_parameter(name, torch::zeros(shape), false);
  }
  module.define("def forward(self, x):\n    return " + result + "\n");
  return module;
}

Layers::Module Layers::convolution(int inputs, int outputs, int kernel, int stride) {
  return layer_of("Conv2d", {{"weight", {outputs, inputs, kernel, kernel}}},
                  fmt::format("torch.conv2d(x, self.weight.float(), None, [{0}, {0}], [{1}, {1}])",
                              stride, kernel / 2));
}

Layers::Module Layers::valid_convolution(int inputs, int outputs, int kernel) {
  return layer_of("Conv2d", {{"weight", {outputs, inputs, kernel, kernel}}, {"bias", {outputs}}},
                  "torch.conv2d(x, self.weight.float(), self.bias.float())");
}

Layers::Module Layers::linear(int inputs, int outputs) {
  return layer_of("Linear", {{"weight", {outputs, inputs}}, {"bias", {outputs}}},
                  "torch.linear(x, self.weight.float(), self.bias.float())");
}

Layers::Module Layers::batch_norm(int channels) {
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

Layers::Module Layers::sequence(const std::vector<Module>& parts) {
  Module module = named("Sequential");
  std::string body;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    module.register_module(fmt::format("{}", i), parts[i]);
    body += fmt::format("    x = getattr(self, \"{}\").forward(x)\n", i);
  }
  module.define("def forward(self, x):\n" + body + "    return x\n");
  return module;
}

const char* Layers::add_normalization(Module& network) {
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

}  // namespace certify
