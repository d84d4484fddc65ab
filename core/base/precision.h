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
  kBf16Avx512,  ///< on a CPU: convolutions in bfloat16, as AVX512_BF16 has it; the rest in single
  kBf16Amx,     ///< the same by AMX, whose sums have another order, so other last bits
  kInt8,        ///< on a CPU: convolutions in 8 bits, all integer; the rest in single
};

/// As typed after --precision.
inline constexpr EnumWords<8> kPrecisions{"fp32", "tf32",        "fp16",     "bf16",
                                          "own",  "bf16-avx512", "bf16-amx", "int8"};
inline std::string to_string(Precision precision) { return word_of(kPrecisions, precision); }
/// @throws InputError for another word.
inline Precision parse_precision(const std::string& text) {
  return parse_word<Precision>(kPrecisions, text, "--precision");
}

/// What this program's convolutions on a CPU compute in, beside single precision.
inline bool is_of_engine(Precision precision) {
  return precision == Precision::kBf16Avx512 || precision == Precision::kBf16Amx ||
         precision == Precision::kInt8;
}

/// As a run records it. What is typed as bf16 is one of two arithmetics there.
inline bool runs_on_cpu(Precision precision) {
  return precision == Precision::kFp32 || precision == Precision::kOwn || is_of_engine(precision);
}

}  // namespace certify
