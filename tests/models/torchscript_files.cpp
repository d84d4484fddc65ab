#include "tests/models/torchscript_files.h"

#include <torch/script.h>
#include <torch/torch.h>

namespace certify {

void write_torchscript(const std::filesystem::path& file, const std::string& body,
                       const std::string& arguments) {
  torch::jit::Module module("network");
  module.register_attribute("training", c10::BoolType::get(), true);  // as a script is by default
  module.define("def forward(self, " + arguments + "):\n    " + body + "\n");
  module.save(file.string());
}

void write_linear_torchscript(const std::filesystem::path& file, const std::vector<float>& weights,
                              float bias) {
  torch::jit::Module module("linear");
  module.register_buffer("weights", torch::tensor(weights));
  module.register_buffer("bias", torch::tensor(bias));
  module.define(R"(
def forward(self, x):
    score = torch.mv(x.flatten(1), self.weights) + self.bias
    return torch.stack([torch.zeros_like(score), score], dim=1)
)");
  module.save(file.string());
}

void write_scaling_torchscript(const std::filesystem::path& file, double scale, int bits) {
  torch::jit::Module module("scaling");
  module.register_parameter("scale",
                            torch::tensor(scale, bits == 16 ? torch::kHalf : torch::kDouble),
                            /*is_buffer=*/false);
  module.define("def forward(self, x):\n    return x[:, :, 0, 0] * self.scale.to(x.dtype)\n");
  module.save(file.string());
}

void write_counting_torchscript(const std::filesystem::path& file, bool reads_the_count) {
  torch::jit::Module module("counting");
  module.register_buffer("count", torch::zeros({1}));
  module.define(std::string("def forward(self, x):\n    self.count.add_(1.0)\n") +
                "    return x[:, :, 0, 0]" + (reads_the_count ? " * self.count" : "") + "\n");
  module.save(file.string());
}

void write_residual_torchscript(const std::filesystem::path& file) {
  const auto weights = [](at::IntArrayRef shape, double phase) {
    const auto count = c10::multiply_integers(shape);
    return (torch::arange(count, torch::kFloat) * 0.37 + phase).sin().view(shape) * 0.2;
  };
  torch::jit::Module module("residual");
  module.register_buffer("w1", weights({16, 3, 3, 3}, 0.1));
  module.register_buffer("b1", weights({16}, 0.2));
  module.register_buffer("w2", weights({16, 16, 3, 3}, 0.3));
  module.register_buffer("b2", weights({16}, 0.4));
  module.register_buffer("w3", weights({16, 10}, 0.5));
  module.define(R"(
def forward(self, x):
    y = torch.relu(torch.conv2d(x, self.w1, self.b1, [1, 1], [1, 1]))
    z = torch.relu(torch.conv2d(y, self.w2, self.b2, [1, 1], [1, 1]) + y)
    return torch.matmul(z.mean([2, 3]), self.w3)
)");
  module.save(file.string());
}

}  // namespace certify
