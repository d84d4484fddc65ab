#pragma once
/// TorchScript files from checkpoints, without Python. No LibTorch type shows here.

#include <filesystem>
#include <string>

#include "models/learning/networks/architecture.h"

namespace certify {

struct ExportRequest {
  std::filesystem::path checkpoint;  ///< empty: random weights, the same each time
  std::string arch;                  ///< empty: what the checkpoint says
  std::string normalization;         ///< as --normalize takes it; empty: that of the architecture
  bool half = false;                 ///< store weights in 16 bits; they are computed with in 32
  std::filesystem::path out;         ///< replaced as a whole
};
/// Writes a TorchScript network with the checkpoint's weights and the normalisation inside.
/// @return what it is, with the checkpoint's classes
/// @throws InputError for an unknown architecture or normalisation, or neither a checkpoint nor an
/// architecture; DataError as read_checkpoint()
/// and load_weights(); IoError.
Architecture export_network(const ExportRequest& request);

}  // namespace certify
