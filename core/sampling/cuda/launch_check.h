#pragma once

#include <cuda_runtime_api.h>

#include <stdexcept>
#include <string>

namespace certify {

/// @throws std::runtime_error when the last launch on this thread was refused.
inline void check_launch(const char* kernel) {
  const cudaError_t error = cudaGetLastError();
  if (error != cudaSuccess) {
    throw std::runtime_error(std::string("CUDA error: ") + kernel + ": " +
                             cudaGetErrorString(error));
  }
}

}  // namespace certify
