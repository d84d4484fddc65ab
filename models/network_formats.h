#pragma once
/// The formats that a network's file can have. No LibTorch type shows here.
///
/// A new one is a file pair in formats/ and a line in the table of network_formats.cpp. What every
/// network has to pass is checked in network.cpp and differentiable_network.cpp.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "models/file_kind.h"
#include "models/libtorch_settings.h"

namespace certify {

class DeviceNetwork;

/// What makes a file a network of 8 bits: nothing has to be calibrated where it is run.
struct Quantization {
  std::string ranges;     ///< to_text() of them
  std::string normalize;  ///< of the images, as --normalize takes it: the ranges are of such values
};

struct NetworkFormat {
  const char* name;  ///< as messages say it
  /// By how the file begins. A file that is damaged further on is refused when it is opened.
  FileKind kind;
  bool folds;  ///< opening makes other operations of the file's own, unless it is told not to
  /// For sampling, as fast as it gets. Called in inference mode.
  /// @throws what LibTorch throws; DataError (without the file's name) where the options or this
  /// LibTorch do not let it
  std::unique_ptr<DeviceNetwork> (*open)(const std::filesystem::path& file,
                                         const NetworkOptions& options);
  /// In single precision, with its gradient by the input; null where the format has none.
  /// @throws what LibTorch throws
  std::unique_ptr<DeviceNetwork> (*open_differentiable)(const std::filesystem::path& file,
                                                        const NetworkOptions& options);
  /// For the functions of these names below; null where the format has no place for it.
  std::optional<Quantization> (*quantization_of)(const std::filesystem::path& file) = nullptr;
  void (*save_quantized)(const std::filesystem::path& network, const Quantization& quantization,
                         const std::filesystem::path& out) = nullptr;
};

/// The format of the file's kind.
/// @throws DataError where it is missing, or of no kind that can be run: says what it is, and what
/// to do.
const NetworkFormat& format_of(const std::filesystem::path& file);

/// As the format opens it.
/// @throws DataError naming the file and the format when it cannot be loaded, or has no gradient;
/// OutOfDeviceMemory; DeviceLost.
std::unique_ptr<DeviceNetwork> open(const NetworkFormat& format, const std::filesystem::path& file,
                                    const NetworkOptions& options);
std::unique_ptr<DeviceNetwork> open_differentiable(const NetworkFormat& format,
                                                   const std::filesystem::path& file,
                                                   const NetworkOptions& options);

/// As save_quantized() got it; none for every other file.
/// @throws DataError naming the file where it is missing or damaged; IoError
std::optional<Quantization> quantization_of(const std::filesystem::path& file);

/// Writes the network with its constants folded, as it is run, and its ranges beside it: another
/// LibTorch may fold constants to other last bits. Integers are made where the file is opened, in
/// double precision, by the same code as in a run.
/// @param out  replaced as a whole
/// @throws DataError naming the file where its format has no place for it, or it cannot be folded;
/// IoError
void save_quantized(const std::filesystem::path& network, const Quantization& quantization,
                    const std::filesystem::path& out);

}  // namespace certify
