#include "models/learning/networks/dncnn.h"

#include <string>

#include <fmt/format.h>

#include "models/learning/networks/layers.h"

namespace certify {
namespace {

class DnCnnBuilder : Layers {
 public:
  DnCnnBuilder() : Layers(none_) {}

  Module build(const Architecture& a) {
    const int depth = a.blocks.at(0);
    Module network = named("DnCnn");
    std::string body = "    y = x\n";
    for (int i = 1; i <= depth; ++i) {
      const int inputs = i == 1 ? a.channels : a.width, outputs = i == depth ? a.channels : a.width;
      std::string layer = fmt::format("self.conv{}.forward(y)", i);
      network.register_module(fmt::format("conv{}", i), convolution(inputs, outputs, 3, 1));
      if (i > 1 && i < depth) {
        network.register_module(fmt::format("bn{}", i), batch_norm(outputs));
        layer = fmt::format("self.bn{}.forward({})", i, layer);
      }
      body += i == depth ? fmt::format("    return x - {}\n", layer)
                         : fmt::format("    y = torch.relu({})\n", layer);
    }
    network.define("def forward(self, x):\n" + body);
    return network;
  }

 private:
  Normalization none_;
};

}  // namespace

torch::jit::Module make_dncnn(const Architecture& architecture) {
  return DnCnnBuilder().build(architecture);
}

void start_as_identity(const torch::jit::Module& dncnn, const Architecture& architecture) {
  const torch::NoGradGuard no_grad;
  const auto last = fmt::format("conv{}", architecture.blocks.at(0));
  dncnn.attr(last).toModule().attr("weight").toTensor().zero_();
}

}  // namespace certify
