#include "core/sampling/noise/noise.h"

#include <cmath>
#include <limits>

namespace certify {

using AddNoise = void(const float*, float*, std::int64_t, float, const NoiseStream&, std::uint32_t);
using AddScaledNoise = void(const float*, float*, std::int64_t, const float*, const NoiseStream&,
                            std::uint32_t);
AddNoise add_noise_portable;
AddScaledNoise add_noise_portable;
#ifdef CERTIFY_X86_64
AddNoise add_noise_avx2, add_noise_avx512;
AddScaledNoise add_noise_avx2, add_noise_avx512;
#endif

float noise_scale(double sigma) {
  const auto nearest = static_cast<float>(sigma);
  if (static_cast<double>(nearest) >= sigma) return nearest;
  return std::nextafter(nearest, std::numeric_limits<float>::infinity());
}

const std::vector<NoisePath>& noise_paths() {
  static const std::vector<NoisePath> paths = [] {
    std::vector<NoisePath> usable;
#ifdef CERTIFY_X86_64
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
      usable.push_back({"avx512", &add_noise_avx512, &add_noise_avx512});
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
      usable.push_back({"avx2", &add_noise_avx2, &add_noise_avx2});
    }
#endif
    usable.push_back({"portable", &add_noise_portable, &add_noise_portable});
    return usable;
  }();
  return paths;
}

void add_noise(const float* x, float* out, std::int64_t size, float scale,
               const NoiseStream& stream, std::uint32_t sample) {
  static AddNoise* const fastest = noise_paths().front().add_noise;
  fastest(x, out, size, scale, stream, sample);
}

void add_noise(const float* x, float* out, std::int64_t size, const float* scales,
               const NoiseStream& stream, std::uint32_t sample) {
  static AddScaledNoise* const fastest = noise_paths().front().add_scaled_noise;
  fastest(x, out, size, scales, stream, sample);
}

}  // namespace certify
