#pragma once
/// TorchScript, as torch.jit.save() and `certify export` write it. No LibTorch type shows here.

#include "models/network_formats.h"

namespace certify {

extern const NetworkFormat kTorchScript;

}  // namespace certify
