#pragma once
/// A TorchScript file as a base classifier. No LibTorch type shows here: its headers cost 15 s a
/// file.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/sampling/base_classifier.h"

namespace certify {

/// Channel normalisation for models that do not carry their own: (x - mean) / stddev after the
/// noise was added, so σ keeps its units of the [0,1] input.
struct Normalization {
  std::vector<float> mean;  ///< one entry a channel, or empty for none
  std::vector<float> stddev;
};

/// `none`, `cifar10`, `imagenet`, or "MEAN,…/STD,…" with one number for all channels or one for
/// each.
/// @throws InputError for anything else, and for a standard deviation that is not positive.
Normalization parse_normalization(const std::string& text, int channels);

/// `auto`, `cpu`, `cuda` or `cuda:K` → the device that will be used, as LibTorch names it.
/// @throws InputError for another word, DataError where there is no such device.
std::string resolve_device(const std::string& text);

std::string libtorch_version();

class TorchScriptClassifier final : public BaseClassifier {
 public:
  /// Loads, freezes (folding BatchNorm), lays weights out channels_last, and tries the network on a
  /// batch of `shape`.
  /// @throws DataError naming the file when it is missing or no TorchScript file, does not take
  /// [B,C,H,W] of this shape, does not return [B,m] numbers with m >= 2, or when its output for an
  /// image is random or depends on the rest of the batch.
  TorchScriptClassifier(const std::filesystem::path& file, ImageShape shape,
                        const Normalization& normalization, const std::string& device);
  ~TorchScriptClassifier() override;

  ImageShape input_shape() const override { return shape_; }
  int num_classes() const override { return num_classes_; }
  /// Runs on one intra-op thread per calling thread on the CPU.
  /// @throws DataError when the network fails on this batch.
  void logits(const float* batch, std::int64_t rows, float* out) const override;

 private:
  struct Network;
  void check_rows_are_independent() const;

  std::string name_;
  ImageShape shape_;
  int num_classes_ = 0;
  std::unique_ptr<Network> network_;
};

}  // namespace certify
