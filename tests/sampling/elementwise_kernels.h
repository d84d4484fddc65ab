#pragma once
/// The smallest parts of the kernels, on a GPU, on numbers of the test's choosing.

#include <cstdint>
#include <string>
#include <vector>

namespace certify {

/// box_muller(words[2i], words[2i + 1]) as two floats.
std::vector<float> box_muller_on_gpu(const std::vector<std::uint32_t>& words);
/// The floats with these bits, rounded to Half and to Bfloat16.
std::vector<std::uint16_t> halves_on_gpu(const std::vector<std::uint32_t>& floats);
std::vector<std::uint16_t> bfloat16s_on_gpu(const std::vector<std::uint32_t>& floats);

/// Memory on the GPU, copied in and out.
class GpuBuffer {
 public:
  explicit GpuBuffer(std::size_t bytes);
  GpuBuffer(const void* from, std::size_t bytes);
  ~GpuBuffer();
  GpuBuffer(const GpuBuffer&) = delete;
  GpuBuffer& operator=(const GpuBuffer&) = delete;
  void* data() const { return data_; }
  void copy_out(void* to) const;  ///< waits for the GPU first

 private:
  void* data_ = nullptr;
  std::size_t bytes_;
};

/// Why a test that needs a GPU cannot run here; empty where it can.
std::string no_gpu();

}  // namespace certify
