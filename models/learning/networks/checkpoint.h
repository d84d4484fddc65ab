#pragma once
/// Weights from checkpoints of the family of Cohen's code. Brings LibTorch's headers.

#include <torch/script.h>

#include <filesystem>
#include <map>
#include <string>

#include "models/learning/networks/architecture.h"

namespace certify {

struct Checkpoint {
  std::filesystem::path file;
  std::string arch;                           ///< as the file has it; empty if it does not say
  std::map<std::string, at::Tensor> weights;  ///< without the prefix that all names share
  c10::IValue content;                        ///< all that the file holds
};

/// Reads `{arch, state_dict, …}`, or a state_dict alone. Names may begin with "1.", "1.module." or
/// any other prefix of the network inside its wrappers; num_batches_tracked is dropped.
/// @throws DataError naming the file: no checkpoint of plain dictionaries and tensors (says which
/// script makes one), no "conv1.weight" at the end of any name, or names outside of the network,
/// such as a normalisation that would be lost.
Checkpoint read_checkpoint(const std::filesystem::path& file);

/// The architecture as this checkpoint has it, so with its number of channels and of classes.
/// @throws DataError if it has not the first and the last layer.
Architecture fitted(Architecture architecture, const Checkpoint& checkpoint);

/// @param network  of make_network()
/// @throws DataError naming the first tensor that is missing, of another shape or type, not finite,
/// or not the network's, in the order of its layers.
void load_weights(const Checkpoint& checkpoint, const Architecture& architecture,
                  const torch::jit::Module& network);

}  // namespace certify
