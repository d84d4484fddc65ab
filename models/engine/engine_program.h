#pragma once
/// The convolutions of a network, one behind the other, on a CPU. Some images at a time go through
/// all layers of one size, so that what lies between stays in the cache.
///
/// Why not LibTorch's: they run near the processor's peak already, so only fewer multiplications
/// make a network faster. Winograd's F(4×4, 3×3) needs a quarter of them. oneDNN has dropped it,
/// and LibTorch offers no way to ask for it. Bits depend neither on a row's place nor on the
/// instruction set (kernels.h).
///
/// Why whole chains of layers: one operation for each convolution left 17 % of the time to
/// LibTorch's strided and 1×1 ones, and sent every value through memory. Values lie in buffers with
/// their padding around them, so no kernel looks out for edges.

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "models/engine/filters.h"
#include "models/engine/head.h"
#include "models/engine/input.h"
#include "models/engine/kernels.h"
#include "models/engine/layer.h"
#include "models/engine/quantization.h"
#include "models/engine/workspace.h"

namespace certify {

/// Images in single precision as callers have them, NHWC without gaps, before the input's steps.
struct Images {
  const float* data;
  Size size;
};

class EngineProgram {
 public:
  /// @param layers   in an order in which each comes behind what it reads
  /// @param inputs   the values 0, 1, …
  /// @param outputs  values to give out
  /// @param ranges   of all values, for kInt8; else empty
  /// @param heads    ends of the network that are the program's
  /// @throws DataError as quantized(), InputWriter and ClassifierHead
  EngineProgram(std::vector<Layer> layers, std::vector<ProgramInput> inputs,
                std::vector<int> outputs, Arithmetic arithmetic, const Kernels& kernels,
                const std::vector<Range>& ranges = {}, std::vector<Head> heads = {});
  ~EngineProgram();
  EngineProgram(const EngineProgram&) = delete;
  EngineProgram& operator=(const EngineProgram&) = delete;

  const std::vector<InputWriter>& inputs() const { return inputs_; }
  const std::vector<int>& outputs() const { return outputs_; }
  const std::vector<ClassifierHead>& heads() const { return heads_; }
  std::int64_t channels(int value) const { return channels_[at(value)]; }
  int convolutions() const;

  /// Of all values. Not positive where a window is larger than what it looks at; of a residual that
  /// does not fit its sum too.
  std::vector<Size> sizes(std::span<const Images> inputs) const;

  /// Safe to call from several threads at once.
  /// @param sizes  sizes() of the inputs, all positive; so is pixels() of each head
  /// @param out    for each output, rows × its size × channels floats, written; behind them, for
  /// each head, rows × classes; of 8 bits, NaN for an image with a number that is not finite
  /// @param seen   null, or ranges, one a value, that are widened to what the values are; for kFp32
  void run(std::int64_t rows, std::span<const Images> inputs, const std::vector<Size>& sizes,
           std::span<float* const> out, std::vector<Range>* seen = nullptr) const;

 private:
  struct Prepared;
  bool is_winograd(const Layer& layer) const;
  void lay_out_values();
  std::unique_ptr<Workspace> take_workspace(std::int64_t rows,
                                            const std::vector<Size>& sizes) const;
  void give_back(std::unique_ptr<Workspace> space) const;
  void read(const Workspace& space, int value, std::int64_t first, std::int64_t images,
            float* out) const;
  void widen(Range& range, const Workspace& space, int value, std::int64_t first,
             std::int64_t images) const;
  void run_head(const ClassifierHead& head, const Workspace& space, std::int64_t images,
                float* logits) const;
  void run_some(Workspace& space, std::int64_t rows, std::vector<Range>* seen) const;
  void run_layer(Workspace& space, std::size_t layer, std::int64_t first,
                 std::int64_t images) const;

  Arithmetic arithmetic_;
  Kernels kernels_;
  std::vector<Layer> layers_;  ///< without their weights, which are in prepared_
  std::vector<InputWriter> inputs_;
  std::vector<std::int64_t> channels_;
  std::vector<int> outputs_;
  std::vector<ClassifierHead> heads_;
  std::vector<Geometry> geometry_;  ///< of each value
  std::vector<ValueScale> scales_;
  std::vector<Prepared> prepared_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Workspace>> idle_;
};

}  // namespace certify
