#pragma once

#include <string>

#include "core/base/precision.h"

namespace certify {

/// How a network is made to run. One process has one precision and one choice of `deterministic`:
/// they are settings of LibTorch as a whole.
struct NetworkOptions {
  std::string device = "cpu";  ///< "cpu" or "cuda:K"
  Precision precision = Precision::kFp32;
  bool deterministic = false;  ///< only algorithms whose bits do not change from run to run
  bool fuse = false;           ///< convolution, sum and ReLU in one kernel (CUDA)
};

}  // namespace certify
