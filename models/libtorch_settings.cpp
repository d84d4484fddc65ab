#include "models/libtorch_settings.h"

#include <ATen/Context.h>
#include <torch/csrc/jit/passes/tensorexpr_fuser.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/cuda.h>
#include <torch/version.h>

#ifdef CERTIFY_CUDA
#include <ATen/cuda/CUDAContext.h>
#endif

#include <cstdlib>
#include <mutex>
#include <optional>
#include <utility>

#include "core/base/device_names.h"
#include "core/base/errors.h"
#include "models/engine/kernels.h"

namespace certify {
namespace {

/// The same straight interpreter for every call: the profiling executor may compile the second call
/// to other kernels than the first, and then last bits would depend on how often a network has run.
void fix_executor() {
  torch::jit::getProfilingMode() = false;
  torch::jit::setTensorExprFuserEnabled(false);
}

/// The switch is the process's; contests of several GPUs' workers overlap.
void count_contest(int change) {
  static std::mutex mutex;
  static int open = 0;
  const std::lock_guard lock(mutex);
  open += change;
  at::globalContext().setBenchmarkCuDNN(open > 0);
}

}  // namespace

std::vector<std::string> resolve_devices(const std::string& text) {
  const bool usable = text != "cpu" && torch::cuda::is_available();
  return parse_devices(text, usable ? static_cast<int>(torch::cuda::device_count()) : 0);
}

Precision precision_on_cpu(Precision precision) {
  const bool amx = !kernels_of(Arithmetic::kBf16Amx).empty();
  const bool avx2 = !kernels_of(Arithmetic::kBf16).empty();
  if (precision == Precision::kBf16 && amx) return Precision::kBf16Amx;
  if (precision == Precision::kBf16 && avx2) return Precision::kBf16Avx512;
  const bool missing = precision == Precision::kBf16 ||
                       (precision == Precision::kBf16Amx && !amx) ||
                       (precision == Precision::kBf16Avx512 && !avx2);
  if (!missing) return precision;
  throw InputError("--precision {}: this processor has no {}", to_string(precision),
                   precision == Precision::kBf16Amx ? "AMX for bfloat16" : "AVX2");
}

std::string gpu_name([[maybe_unused]] const std::string& device) {
#ifdef CERTIFY_CUDA
  if (device != "cpu") return at::cuda::getDeviceProperties(c10::Device(device).index())->name;
#endif
  return "";
}

void set_arithmetic(const NetworkOptions& options) {
  static std::mutex mutex;
  static std::optional<std::pair<Precision, bool>> current;
  const std::lock_guard lock(mutex);
  const std::pair wanted{options.precision, options.deterministic};
  if (current == wanted) return;  // other threads may be reading what would be written
  current = wanted;
  fix_executor();
  auto& context = at::globalContext();
  const bool tf32 = options.precision == Precision::kTf32;
  context.setAllowTF32CuBLAS(tf32);
  context.setAllowTF32CuDNN(tf32);
  context.setDeterministicCuDNN(options.deterministic);
  context.setDeterministicAlgorithms(options.deterministic, /*warn_only=*/false);
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 2)
  // It would write NaN into every new tensor, a kernel each, to show who reads what was not
  // written.
  context.setDeterministicFillUninitializedMemory(false);
#endif
  // Else LibTorch refuses to call cuBLAS: its workspace has to be fixed too. It is read once, at
  // the first matrix product of the process.
  if (options.deterministic) ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
}

AlgorithmContest::AlgorithmContest(const NetworkOptions& options) : open_(!options.deterministic) {
  if (open_) count_contest(1);
}

AlgorithmContest::~AlgorithmContest() {
  if (open_) count_contest(-1);
}

}  // namespace certify
