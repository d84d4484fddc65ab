#pragma once

#include "core/base/words.h"

namespace certify {

/// The arithmetic of a network. The certificate is for the classifier at that precision.
enum class Precision {
  kFp32,  ///< IEEE single, without TF32 anywhere
  kTf32,  ///< tensors in single, products of 10-bit mantissas (NVIDIA)
  kFp16,
  kBf16,
  kOwn,  ///< what the network's file says, operation by operation, on single-precision images
};

/// As typed after --precision.
inline constexpr EnumWords<5> kPrecisions{"fp32", "tf32", "fp16", "bf16", "own"};
inline std::string to_string(Precision precision) { return word_of(kPrecisions, precision); }
/// @throws InputError for another word.
inline Precision parse_precision(const std::string& text) {
  return parse_word<Precision>(kPrecisions, text, "--precision");
}

/// On the CPU a network runs as it is written, or in single precision.
inline bool runs_on_cpu(Precision precision) {
  return precision == Precision::kFp32 || precision == Precision::kOwn;
}

}  // namespace certify
