#pragma once
/// A network of 8 bits as a file of its own: TorchScript with what its values may be beside it, so
/// that nothing has to be calibrated where it is run. No LibTorch type shows here.

#include <filesystem>
#include <string>

namespace certify {

/// As save_quantized() got them; empty for every other file.
/// @throws DataError where the file is damaged; IoError
std::string stored_ranges(const std::filesystem::path& file);

/// Writes the network with its constants folded, as it is run: another LibTorch may fold them to
/// other last bits.
/// @param network  a TorchScript file   @param ranges  to_text() of them   @param out  replaced as a
/// whole
/// @throws DataError naming the file where it is no TorchScript, or cannot be folded; IoError
void save_quantized(const std::filesystem::path& network, const std::string& ranges,
                    const std::filesystem::path& out);

}  // namespace certify
