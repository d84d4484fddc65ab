#pragma once
/// Weights of networks that this program can build, from files as people have them. No LibTorch
/// type shows here but in load_weights(), which brings its headers.

#include <torch/script.h>

#include <filesystem>
#include <map>
#include <string>

#include "core/base/normalization.h"
#include "models/learning/networks/architecture.h"
#include "models/learning/networks/weight_file.h"

namespace certify {

struct Checkpoint {
  std::filesystem::path file;
  std::string arch;    ///< as the file has it; empty if it does not say
  std::string key;     ///< of the dictionary with the weights; empty: the file's own
  std::string prefix;  ///< that all names shared
  std::map<std::string, StoredTensor> weights;  ///< without the prefix
  Normalization normalization;                  ///< that lay beside the weights; empty for none
  WeightFile content;                           ///< owns the bytes
};

/// Reads `{arch, state_dict, …}`, a state_dict alone, or safetensors (weight_file.h). Of several
/// dictionaries with weights the usual one is taken (state_dict, model_state_dict, model, net,
/// ema…). Names may begin with "1.", "1.module." or any other prefix of the network inside its
/// wrappers; num_batches_tracked is dropped, and so is sub_block1, which WideResNets of the TRADES
/// code have and do not use. A mean and a standard deviation of the channels are the normalisation.
/// @throws DataError naming the file: as read_weight_file(); a pickled module; no "conv1.weight" at
/// the end of any name; names outside of the network.
Checkpoint read_checkpoint(const std::filesystem::path& file);

/// The one architecture whose blocks, widths and layers the weights have.
/// @throws DataError if there is none, InputError if there are several; both name them.
const Architecture& recognised(const Checkpoint& checkpoint);

/// The architecture as this checkpoint has it, so with its number of channels and of classes, and
/// with or without a last BatchNorm where there are both.
/// @throws DataError if it has not the first and the last layer.
Architecture fitted(Architecture architecture, const Checkpoint& checkpoint);

/// @param network  of make_network()
/// @throws DataError naming the first tensor that is missing, of another shape or type, not finite,
/// or not the network's, in the order of its layers.
void load_weights(const Checkpoint& checkpoint, const Architecture& architecture,
                  const torch::jit::Module& network);

}  // namespace certify
