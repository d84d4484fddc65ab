#include "models/learning/networks/small_cnn.h"

#include <string>

#include "models/learning/networks/layers.h"

namespace certify {

torch::jit::Module make_small_cnn(const Architecture& a, int classes,
                                  const Normalization& normalization) {
  constexpr int kHidden = 128;
  const int pooled = (a.side - 4) / 2, features = 2 * a.width * pooled * pooled;
  Layers layers;
  torch::jit::Module network = layers.named("SmallCnn");
  const bool normalizes = !normalization.mean.empty();
  if (normalizes) network.register_module("normalize", layers.normalization(normalization));
  network.register_module("conv1", layers.valid_convolution(a.channels, a.width, 3));
  network.register_module("conv2", layers.valid_convolution(a.width, 2 * a.width, 3));
  network.register_module("fc1", layers.linear(features, kHidden));
  network.register_module("fc2", layers.linear(kHidden, classes));
  network.define(std::string("def forward(self, x):\n") +
                 (normalizes ? "    x = self.normalize.forward(x)\n" : "") +
                 "    x = self.conv2.forward(torch.relu(self.conv1.forward(x)))\n"
                 "    x = torch.flatten(torch.max_pool2d(x, [2, 2]), 1)\n"
                 "    return self.fc2.forward(torch.relu(self.fc1.forward(x)))\n");
  return network;
}

}  // namespace certify
