#pragma once
/// LibTorch's settings for the whole process, and the devices that it finds. No LibTorch type shows
/// here.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/precision.h"
#include "core/denoisers/denoiser.h"
#include "models/engine/quantization.h"

namespace certify {

/// How a network is made to run. One process has one precision and one choice of `deterministic`:
/// they are settings of LibTorch as a whole.
struct NetworkOptions {
  std::string device = "cpu";  ///< "cpu" or "cuda:K"
  Precision precision = Precision::kFp32;
  bool deterministic = false;  ///< only algorithms whose bits do not change from run to run
  bool fuse = false;           ///< convolution, sum and ReLU in one kernel (CUDA)
  /// Operation by operation as the file says, with nothing folded: to hold a faster form against.
  bool as_written = false;
  std::string output{};            ///< see Output; empty: the only one that can be the logits
  bool allow_native_code = false;  ///< opens files that are compiled code, which loading runs
  /// Takes a network whose answer for an image depends on the batch. Nothing is certified by it.
  bool allow_batch_dependent = false;
  /// For int8: what the values of each part of the network were seen to be; a denoiser's first.
  std::vector<std::vector<Range>> ranges{};
  Denoiser denoiser{};                 ///< in front of the network
  std::optional<std::int64_t> step{};  ///< its second argument, for every row; none: it has none
};

/// What --precision bf16 is on this CPU, or the precision itself where it runs here.
/// @throws InputError where this processor has no instructions for it
Precision precision_on_cpu(Precision precision);

/// parse_devices() for the GPUs of this machine.
std::vector<std::string> resolve_devices(const std::string& text);

/// "NVIDIA H200"; nothing for the CPU.
std::string gpu_name(const std::string& device);

/// Sets LibTorch's arithmetic for the whole process: TF32 only where it is asked for, the same
/// algorithms each time where the last bits must not differ from process to process.
void set_arithmetic(const NetworkOptions& options);

/// While one lives, cuDNN chooses the algorithm of a convolution by a contest at its first call; a
/// choice once made is kept by the thread that made it. Only where the same shapes come again and
/// again: each new shape costs seconds. Nothing changes where `options` are deterministic.
class AlgorithmContest {
 public:
  explicit AlgorithmContest(const NetworkOptions& options);
  ~AlgorithmContest();
  AlgorithmContest(const AlgorithmContest&) = delete;
  AlgorithmContest& operator=(const AlgorithmContest&) = delete;

 private:
  bool open_;
};

}  // namespace certify
