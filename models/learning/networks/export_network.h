#pragma once
/// TorchScript files from checkpoints, without Python. No LibTorch type shows here.

#include <filesystem>
#include <string>

#include "core/base/normalization.h"
#include "models/learning/networks/architecture.h"

namespace certify {

/// What was made of what, for the command's output.
struct ExportedNetwork {
  Architecture architecture;  ///< with the checkpoint's classes
  std::string key, prefix;    ///< as Checkpoint has them
  Normalization normalization;
  bool normalization_was_inside = false;  ///< of the checkpoint
};

struct ExportRequest {
  std::filesystem::path checkpoint;  ///< empty: random weights, the same each time
  std::string arch;  ///< empty: what the checkpoint says, or the one that its weights fit
  /// As --normalize takes it; empty: the checkpoint's, or the usual one.
  std::string normalization;
  bool half = false;          ///< store weights in 16 bits; they are computed with in 32
  std::filesystem::path out;  ///< replaced as a whole
};
/// Writes a TorchScript network with the checkpoint's weights and the normalisation inside.
/// @throws InputError for an unknown architecture or normalisation, one that is not the
/// checkpoint's own, an architecture that has to be named, or neither a checkpoint nor an
/// architecture; DataError as read_checkpoint() and load_weights(); IoError.
ExportedNetwork export_network(const ExportRequest& request);

}  // namespace certify
