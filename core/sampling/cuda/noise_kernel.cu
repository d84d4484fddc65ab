#include <stdexcept>

#include "core/sampling/cuda/kernels.h"
#include "core/sampling/cuda/launch_check.h"

namespace certify {
namespace {

constexpr std::uint32_t kThreads = 256;

/// A block belongs to one row, a thread to four of its elements.
template <class Family, class T, bool kWhole>
__global__ void __launch_bounds__(kThreads) noise_kernel(const NoiseTask task, T* out) {
  const std::uint32_t quad = blockIdx.y * kThreads + threadIdx.x;
  if (4 * quad < task.size) write_noisy_quad<Family, T, kWhole>(task, blockIdx.x, quad, out);
}

template <class Family, class T>
void launch(const NoiseTask& task, void* out, CudaStream stream) {
  const std::uint32_t quads = (task.size + 3) / 4;
  const dim3 grid(task.batch, (quads + kThreads - 1) / kThreads);
  if (task.size % 4 == 0) {
    noise_kernel<Family, T, true><<<grid, kThreads, 0, stream>>>(task, static_cast<T*>(out));
  } else {
    noise_kernel<Family, T, false><<<grid, kThreads, 0, stream>>>(task, static_cast<T*>(out));
  }
  check_launch("noise");
}

template <class Family>
void launch(const NoiseTask& task, Element element, void* out, CudaStream stream) {
  switch (element) {
    case Element::kFloat32:
      return launch<Family, float>(task, out, stream);
    case Element::kFloat16:
      return launch<Family, Half>(task, out, stream);
    case Element::kBfloat16:
      return launch<Family, Bfloat16>(task, out, stream);
  }
  throw std::runtime_error("no such element type");
}

}  // namespace

void launch_noise(const NoiseTask& task, Element element, void* out, CudaStream stream) {
  with_family(task.family,
              [&](auto family) { launch<decltype(family)>(task, element, out, stream); });
}

}  // namespace certify
