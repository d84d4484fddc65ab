#pragma once
/// A network on its device, as LibTorch's tensors see it: what a format makes of a file. Brings
/// LibTorch's headers.

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/base/normalization.h"
#include "models/engine/quantization.h"
#include "models/function_check.h"
#include "models/output.h"

namespace certify {

/// How many images a network takes at once.
struct RowLimits {
  std::int64_t least = 1, most = std::numeric_limits<std::int64_t>::max();
  bool is_fixed() const { return least == most; }
};

class DeviceNetwork {
 public:
  DeviceNetwork(at::Device device, at::ScalarType element) : device_(device), element_(element) {}
  virtual ~DeviceNetwork() = default;

  at::Device device() const { return device_; }
  at::ScalarType element() const { return element_; }  ///< of the input
  /// Convolutions that were joined with what follows them.
  virtual int fused_convolutions() const { return 0; }
  /// Of the engine's.
  virtual std::size_t programs() const { return 0; }
  /// Widens the ranges, by programs of the engine, to what the values of this network in single
  /// precision are on these images; nothing where it has none.
  virtual void watch(const at::Tensor&, std::vector<std::vector<Range>>&) const {}
  /// Why the network is no function of the image, where its file tells.
  virtual std::optional<FunctionFault> fault() const { return std::nullopt; }
  /// Whether its file asks for 16 bits somewhere, so that no --precision changes what it computes
  /// in.
  virtual bool computes_in_half() const { return false; }

  /// Finds out where the logits are in what the network answers, and how many images it takes:
  /// where LibTorch fails on two of them, or spreads their logits over another number of rows, the
  /// batches that its file names are tried. To be called once.
  /// @param images  [2,C,H,W], as for forward()   @param output  as in Output()
  /// @throws what LibTorch throws for two images; DataError as Output()
  virtual void settle(const at::Tensor& images, const std::string& output);
  /// As settle(), of a network that answers with images of the size that it is given.
  /// @param variances  they may have twice the channels
  void settle_images(const at::Tensor& images, bool variances);
  const RowLimits& rows() const { return rows_; }

  /// Queues a forward pass on the current stream of device(). Safe to call from several threads.
  /// Batches that are too large for the network are cut, those that are too small filled up.
  /// @param input  [B,C,H,W] on device(), of element(), any B. It lies in memory as [B,H,W,C], and
  ///               the network may write to it.
  /// @return [B,m] logits, or images, in the network's own precision; callers check the shape
  /// @throws what LibTorch throws
  at::Tensor forward(const at::Tensor& input) const;

 private:
  using FindOutput = std::function<Output(const c10::IValue& answer, std::int64_t rows)>;
  void settle(const at::Tensor& images, const FindOutput& find);
  /// @param input  as for forward(), of as many rows as the network takes
  /// @return a tensor, or tensors in tuples, lists and dicts
  virtual c10::IValue answer(const at::Tensor& input) const = 0;
  /// What the file says for sure.
  virtual RowLimits declared_rows() const { return {}; }
  /// Batches that the network may have been fixed to, as far as its file names numbers; 1 among
  /// them.
  virtual std::vector<std::int64_t> batches_named() const { return {}; }

  at::Device device_;
  at::ScalarType element_;
  Output output_;
  RowLimits rows_;
};

/// A copy that lies in memory as [B,C,H,W]. Not contiguous(): of one channel, an image in either
/// order counts as that, whatever its strides.
at::Tensor contiguous_copy(const at::Tensor& images);

/// The second argument of a diffusion model: [rows], all of them `step`.
at::Tensor steps(std::int64_t rows, std::int64_t step, at::Device device);

/// (images - mean) / stddev, or `images` where there is none.
/// @param images  [B,C,H,W]
at::Tensor normalized(const at::Tensor& images, const Normalization& normalization);

}  // namespace certify
