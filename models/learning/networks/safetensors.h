#pragma once
/// .safetensors: the length of a JSON header, the header, the bytes of all tensors.

#include <map>
#include <string>
#include <string_view>

#include "models/learning/networks/stored_tensor.h"

namespace certify {

struct Safetensors {
  std::map<std::string, StoredTensor> tensors;  ///< views of the bytes that were given
  std::map<std::string, std::string> unread;  ///< names of tensors -> types that are not read here
};

/// Source: github.com/huggingface/safetensors, README.md, "Format".
/// @throws DataError for a header that is not whole or no JSON object, a name twice, and tensors
/// that overlap, leave a gap, reach out of the file or have another size than their shape says.
Safetensors read_safetensors(std::string_view bytes);

}  // namespace certify
