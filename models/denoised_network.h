#pragma once
/// A denoiser and the classifier behind it, as one network. Brings LibTorch's headers.

#include <filesystem>
#include <memory>

#include "core/base/normalization.h"
#include "models/device_network.h"
#include "models/libtorch_settings.h"

namespace certify {

enum class OpenFor {
  kSampling,  ///< as fast as it gets; called in inference mode
  kGradient,  ///< in single precision, with its gradient by the input
};

/// The network of the file, behind options.denoiser where there is one. The classifier's images are
/// then normalised behind the denoiser, and what is given to the whole must not be.
/// @throws DataError naming the file that cannot be opened; OutOfDeviceMemory; DeviceLost
std::unique_ptr<DeviceNetwork> open_classifier(const std::filesystem::path& file,
                                               const Normalization& normalization,
                                               const NetworkOptions& options, OpenFor purpose);

/// What the caller has still to normalise by: nothing where a denoiser comes first.
const Normalization& normalization_in_front(const Normalization& normalization,
                                            const NetworkOptions& options);

/// "model.pt", "model.pt behind denoiser.pt"
std::string name_of_classifier(const std::filesystem::path& file, const NetworkOptions& options);

}  // namespace certify
