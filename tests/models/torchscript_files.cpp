#include "tests/models/torchscript_files.h"

#include <torch/script.h>
#include <torch/torch.h>

namespace certify {

void write_torchscript(const std::filesystem::path& file, const std::string& body) {
  torch::jit::Module module("network");
  module.define("def forward(self, x):\n    " + body + "\n");
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

}  // namespace certify
