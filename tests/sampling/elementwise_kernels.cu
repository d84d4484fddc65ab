#include "tests/sampling/elementwise_kernels.h"

#include <cuda_runtime_api.h>

#include <stdexcept>

#include "core/noise/gaussian_quad.h"
#include "core/sampling/cuda/number.h"

namespace certify {
namespace {

constexpr unsigned kThreads = 256;

void check(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorString(error));
}

unsigned blocks(std::size_t count) {
  return static_cast<unsigned>((count + kThreads - 1) / kThreads);
}

__global__ void box_muller_kernel(const std::uint32_t* words, float* out, std::size_t pairs) {
  const std::size_t i = std::size_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= pairs) return;
  const philox::Pair z = philox::box_muller(words[2 * i], words[2 * i + 1]);
  out[2 * i] = z.first;
  out[2 * i + 1] = z.second;
}

template <class T>
__global__ void round_kernel(const std::uint32_t* floats, T* out, std::size_t count) {
  const std::size_t i = std::size_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i < count) from_float(philox::as_float(floats[i]), out[i]);
}

template <class T>
std::vector<std::uint16_t> rounded_on_gpu(const std::vector<std::uint32_t>& floats) {
  const GpuBuffer in(floats.data(), floats.size() * sizeof(std::uint32_t));
  std::vector<std::uint16_t> result(floats.size());
  const GpuBuffer out(result.size() * sizeof(std::uint16_t));
  round_kernel<<<blocks(floats.size()), kThreads>>>(static_cast<const std::uint32_t*>(in.data()),
                                                    static_cast<T*>(out.data()), floats.size());
  check(cudaGetLastError());
  out.copy_out(result.data());
  return result;
}

}  // namespace

GpuBuffer::GpuBuffer(std::size_t bytes) : bytes_(bytes) { check(cudaMalloc(&data_, bytes)); }
GpuBuffer::GpuBuffer(const void* from, std::size_t bytes) : GpuBuffer(bytes) {
  check(cudaMemcpy(data_, from, bytes, cudaMemcpyHostToDevice));
}
GpuBuffer::~GpuBuffer() { cudaFree(data_); }
void GpuBuffer::copy_out(void* to) const {
  check(cudaDeviceSynchronize());
  check(cudaMemcpy(to, data_, bytes_, cudaMemcpyDeviceToHost));
}

std::string no_gpu() {
  int devices = 0;
  const cudaError_t error = cudaGetDeviceCount(&devices);
  if (error != cudaSuccess) return std::string("no GPU here: ") + cudaGetErrorString(error);
  return devices == 0 ? "no GPU here" : "";
}

std::vector<float> box_muller_on_gpu(const std::vector<std::uint32_t>& words) {
  const GpuBuffer in(words.data(), words.size() * sizeof(std::uint32_t));
  std::vector<float> result(words.size());
  const GpuBuffer out(result.size() * sizeof(float));
  box_muller_kernel<<<blocks(words.size() / 2), kThreads>>>(
      static_cast<const std::uint32_t*>(in.data()), static_cast<float*>(out.data()),
      words.size() / 2);
  check(cudaGetLastError());
  out.copy_out(result.data());
  return result;
}

std::vector<std::uint16_t> halves_on_gpu(const std::vector<std::uint32_t>& floats) {
  return rounded_on_gpu<Half>(floats);
}
std::vector<std::uint16_t> bfloat16s_on_gpu(const std::vector<std::uint32_t>& floats) {
  return rounded_on_gpu<Bfloat16>(floats);
}

}  // namespace certify
