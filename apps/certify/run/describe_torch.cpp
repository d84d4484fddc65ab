#include "apps/certify/run/describe_torch.h"

#include <filesystem>

#include <fmt/format.h>

#include "apps/certify/version.h"
#include "models/engine/kernels.h"
#include "models/libtorch_settings.h"

namespace certify {
namespace {

#ifdef CERTIFY_CUDA
constexpr bool kHasCuda = true;
#else
constexpr bool kHasCuda = false;
#endif

/// "bf16 (avx512_bf16)"; nothing where the processor has no such arithmetic.
std::string precision(const char* name, Arithmetic arithmetic) {
  const auto& kernels = kernels_of(arithmetic);
  return kernels.empty() ? "" : fmt::format(", {} ({})", name, kernels.front().name);
}

std::string precisions() {
  std::string all = precision("fp32", Arithmetic::kFp32);
  if (all.empty()) all = ", fp32 (LibTorch's; the faster convolutions need AVX2)";
  const bool amx = !kernels_of(Arithmetic::kBf16Amx).empty();
  all += precision("bf16", amx ? Arithmetic::kBf16Amx : Arithmetic::kBf16);
  all += precision("int8", Arithmetic::kInt8);
  return all.substr(2);
}

std::string gpus() {
  std::string names;
  for (const std::string& device : resolve_devices("auto")) {
    if (device != "cpu") names += fmt::format("; {}: {}", device, gpu_name(device));
  }
  if (!names.empty()) return names.substr(2);
  if (!std::filesystem::exists("/proc/driver/nvidia/version")) {
    return "none: no NVIDIA driver; runs use the processor";
  }
  return kHasCuda ? "an NVIDIA driver, but no GPU that LibTorch can use: see nvidia-smi, and "
                    "CUDA_VISIBLE_DEVICES"
                  : "an NVIDIA driver, but this program is built for the processor alone: "
                    "scripts/build.sh --torch pip builds it for the GPU";
}

}  // namespace

std::vector<DoctorLine> describe_torch() {
  return {{"LibTorch", libtorch_version() + (kHasCuda ? ", with CUDA" : ", without CUDA")},
          {"precisions", precisions()},
          {"GPUs", gpus()}};
}

}  // namespace certify
