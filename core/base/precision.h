#pragma once

#include <string>

namespace certify {

/// The arithmetic of a network. The certificate is for the classifier at that precision.
enum class Precision {
  kFp32,  ///< IEEE single, without TF32 anywhere
  kTf32,  ///< tensors in single, products of 10-bit mantissas (NVIDIA)
  kFp16,
  kBf16,
};

/// As typed after --precision: fp32, tf32, fp16, bf16.
std::string to_string(Precision precision);
/// @throws InputError for another word.
Precision parse_precision(const std::string& text);

}  // namespace certify
