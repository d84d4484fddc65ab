#pragma once
/// The small networks of Tecot et al. for MNIST and Fashion-MNIST. Brings LibTorch's headers.

#include <torch/script.h>

#include "core/base/normalization.h"
#include "models/learning/networks/architecture.h"

namespace certify {

/// 3×3 convolution to `width` channels, ReLU, 3×3 convolution to twice as many, 2×2 max pooling, a
/// linear layer to 128, ReLU, a linear layer to the classes; no padding, all with bias, and the
/// names conv1, conv2, fc1, fc2. Takes [B,C,side,side] in [0,1], normalises it, returns [B,classes]
/// logits. Weights are zero.
/// Source: mnist_train.py of the authors' code (github.com/ltecot/rand_smoothing_indep_vars), whose
/// one network serves both data sets. It is PyTorch's example for MNIST of that time, so there is
/// no ReLU behind the second convolution. Its dropout is left out: it does nothing once the network
/// is trained, and in training the noise on the images is there in its place.
torch::jit::Module make_small_cnn(const Architecture& architecture, int classes,
                                  const Normalization& normalization);

}  // namespace certify
