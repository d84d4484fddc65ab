#pragma once
/// Residual networks whose blocks begin with BatchNorm and ReLU (He et al. 2016b), as robustness
/// checkpoints have them. Brings LibTorch's headers.

#include <torch/script.h>

#include "core/base/normalization.h"
#include "models/learning/networks/architecture.h"

namespace certify {

/// A WideResNet with the names of the TRADES code and RobustBench ("block1.layer.0.bn1.weight",
/// "convShortcut", "fc"), or a PreActResNet with those of pytorch-cifar and RobustBench
/// ("layer1.0.bn1.weight", "shortcut.0", "linear"). Otherwise as make_network().
/// Sources: Zagoruyko & Komodakis 2016; github.com/yaodongyu/TRADES, models/wideresnet.py;
/// github.com/locuslab/robust_overfitting, preactresnet.py.
torch::jit::Module make_pre_activation_network(const Architecture& architecture,
                                               const Normalization& normalization);

}  // namespace certify
