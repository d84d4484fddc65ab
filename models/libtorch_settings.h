#pragma once
/// LibTorch's settings for the whole process. No LibTorch type shows here.

#include "models/network_options.h"

namespace certify {

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
