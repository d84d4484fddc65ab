#pragma once
/// The sampling loop of Cohen et al. 2019 (`Smooth._sample_noise` of smoothing/core.py), operation
/// by operation, and what becomes of it one improvement at a time: what `certify bench` measures
/// this engine against. No LibTorch type shows here.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/base/image.h"
#include "core/base/samples.h"

namespace certify {

/// Steps of the way from his loop to this engine. All off: his loop, under LibTorch's defaults.
struct LoopSteps {
  bool frozen = false;  ///< constants in the graph, BatchNorm folded; no autograd bookkeeping
  bool channels_last = false;  ///< needs `frozen`
  bool half = false;           ///< fp16, needs `frozen`; for CUDA
  bool own_noise = false;      ///< the engine's noise, written once in place of repeat, randn, +
};

class CohenLoop {
 public:
  /// @param device  as resolve_device() gives it   @param image  what noise is added to
  /// @throws DataError when the model cannot be loaded
  CohenLoop(const std::filesystem::path& model, const std::string& device, LoopSteps steps,
            Image image, double sigma);
  ~CohenLoop();

  /// Counts of `n` noisy copies in batches of `batch`, the last one smaller. Call from the thread
  /// that has `threads` intra-op threads to itself.
  ClassCounts sample(std::int64_t n, std::int64_t batch, int threads);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Intra-op threads that LibTorch takes when nobody asks. Ask before anything else runs: it
/// forgets.
int libtorch_default_threads();

}  // namespace certify
