#include "core/base/precision.h"

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {

std::string to_string(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return "fp32";
    case Precision::kTf32:
      return "tf32";
    case Precision::kFp16:
      return "fp16";
    case Precision::kBf16:
      return "bf16";
  }
  throw InputError("no such precision");
}

Precision parse_precision(const std::string& text) {
  for (const auto precision :
       {Precision::kFp32, Precision::kTf32, Precision::kFp16, Precision::kBf16}) {
    if (text == to_string(precision)) return precision;
  }
  throw InputError(fmt::format("--precision {}: expected fp32, tf32, fp16 or bf16", text));
}

}  // namespace certify
