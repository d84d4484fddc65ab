#pragma once
/// TorchScript, as torch.jit.save() and `certify export` write it. No LibTorch type shows here.

#include <filesystem>
#include <optional>
#include <string>

#include "models/network_formats.h"

namespace certify {

extern const NetworkFormat kTorchScript;

/// What makes a file a network of 8 bits: nothing has to be calibrated where it is run.
struct Quantization {
  std::string ranges;     ///< to_text() of them
  std::string normalize;  ///< of the images, as --normalize takes it: the ranges are of such values
};

/// As save_quantized() got it; none for every other file.
/// @throws DataError naming the file where it is damaged; IoError
std::optional<Quantization> quantization_of(const std::filesystem::path& file);

/// Writes the network with its constants folded, as it is run: another LibTorch may fold them to
/// other last bits.
/// @param network  a TorchScript file   @param out  replaced as a whole
/// @throws DataError naming the file where it is no TorchScript, or cannot be folded; IoError
void save_quantized(const std::filesystem::path& network, const Quantization& quantization,
                    const std::filesystem::path& out);

}  // namespace certify
