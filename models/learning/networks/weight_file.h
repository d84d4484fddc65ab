#pragma once
/// Files of weights as people have them: torch.save() in its zip and its older format, with
/// Python's dictionaries around the weights, and safetensors. Read without Python and without
/// LibTorch.

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/files.h"
#include "models/learning/networks/stored_tensor.h"

namespace certify {

/// A dictionary of tensors, such as a state_dict.
struct TensorGroup {
  std::string key;  ///< in the dictionary that the file holds; empty for that dictionary itself
  std::map<std::string, StoredTensor> tensors;
  /// Entries of which only the class is known, or a type of element that is not read here.
  std::map<std::string, std::string> objects;
};

struct WeightFile {
  std::unique_ptr<MappedFile> file;  ///< tensors view it; none where bytes were given
  std::vector<TensorGroup> groups;   ///< every one that has a tensor, in the order of the file
  // What else the file's own dictionary has.
  std::map<std::string, std::string> texts;
  std::map<std::string, std::vector<float>> numbers;  ///< lists of a few numbers
  std::map<std::string, std::string> objects;         ///< classes; "" for the file itself
};

/// @throws DataError naming the file: it is of another kind (says which, and what to do with it),
/// damaged, big-endian, or not whole; IoError.
WeightFile read_weight_file(const std::filesystem::path& path);
/// The same of bytes that outlive it.
WeightFile read_weights(std::string_view bytes);

}  // namespace certify
