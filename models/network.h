#pragma once
/// A network as a base classifier, whatever format its file has. No LibTorch type shows here: its
/// headers cost 15 s a file.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/base/normalization.h"
#include "core/sampling/base_classifier.h"
#include "models/function_check.h"
#include "models/libtorch_settings.h"

namespace certify {

class DeviceNetwork;

class Network final : public BaseClassifier {
 public:
  /// Tries the network on a batch of `shape`.
  /// @param name  for messages
  /// @throws DataError naming it when it does not take [B,C,H,W] of this shape, does not return
  /// [B,m] numbers with m >= 2 where options.output says, when it has a precision of its own and
  /// another is asked for, when its output for an image is random, or, unless the options
  /// allow that, depends on the rest of the batch; OutOfDeviceMemory; DeviceLost.
  Network(std::string name, ImageShape shape, const Normalization& normalization,
          const NetworkOptions& options, std::unique_ptr<DeviceNetwork> network);
  ~Network() override;

  const std::string& name() const { return name_; }
  ImageShape input_shape() const override { return shape_; }
  int num_classes() const override { return num_classes_; }
  /// Runs on one intra-op thread per calling thread on the CPU. On a GPU every call copies its
  /// batch there and waits: for trying a network, not for sampling.
  /// @throws DataError when the network fails on this batch.
  void logits(const float* batch, std::int64_t rows, float* out) const override;

  /// Tries a batch as large as those of a run. @throws what the constructor throws
  void try_batch(std::int64_t rows);
  /// Tries noise as a run has it. @throws what the constructor throws
  void try_noise(double sigma, std::int64_t rows);
  /// Why an answer for an image depends on the batch around it; empty where none was seen to.
  const std::string& batch_dependence() const { return batch_dependence_; }
  /// FunctionCheck::difference_to()
  std::optional<std::string> difference_to(const Network& as_written) const;

  /// Widens the ranges to what values inside are on these images: what a network of 8 bits is made
  /// with. Nothing where the engine computes none of them.
  /// @param batch,rows  as for logits()
  void watch(const float* batch, std::int64_t rows,
             std::vector<std::vector<Range>>& ranges) const;

  /// Its precision is kOwn where the network has one.
  const NetworkOptions& options() const { return options_; }
  const Normalization& normalization() const { return normalization_; }
  /// The batch that it can only be run at, whatever rows it is asked for; 0 where it takes any.
  std::int64_t fixed_batch() const;
  /// Convolutions that were joined with what follows them.
  int fused_convolutions() const;
  /// The network itself, without normalisation: models/device_network.h.
  const DeviceNetwork& on_device() const { return *network_; }

 private:
  void settle_precision();
  Precision rounding() const;
  void try_shape();
  void judge(const std::optional<FunctionFault>& fault);

  std::string name_;
  ImageShape shape_;
  Normalization normalization_;
  NetworkOptions options_;
  int num_classes_ = 0;
  std::unique_ptr<DeviceNetwork> network_;
  std::optional<Precision> rounds_logits_to_;  ///< where the file brings them to 16 bits
  std::optional<FunctionCheck> check_;
  std::string batch_dependence_;
};

/// Loads a file of any known format (models/network_formats.h). Sets LibTorch's arithmetic for the
/// whole process. What it folds and converts is held against the file as written.
/// @throws DataError naming the file when it is missing, of no known format, or damaged, or where
/// folding makes another network of it; what Network() throws.
std::unique_ptr<Network> open_network(const std::filesystem::path& file, ImageShape shape,
                                      const Normalization& normalization,
                                      const NetworkOptions& options);

}  // namespace certify
