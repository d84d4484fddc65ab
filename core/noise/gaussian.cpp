#include "core/noise/gaussian.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/image.h"
#include "core/noise/device_families.h"
#include "core/stats/normal.h"

namespace certify {

// gaussian_kernel.cpp, once for each instruction set.
using AddGaussian = void(const float*, float*, std::int64_t, float, const float*,
                         const NoiseStream&, std::uint32_t);
namespace portable {
AddGaussian add_gaussian;
}
namespace avx2 {
AddGaussian add_gaussian;
}
namespace avx512 {
AddGaussian add_gaussian;
}

namespace {

NoiseTables tables(const Noise& noise) {
  NoiseTables out{noise_scale(noise.sigma), {}};
  if (noise.map == nullptr) return out;
  Image image{noise.map->shape, std::vector<float>(noise.map->values.size())};
  std::ranges::transform(noise.map->values, image.pixels.begin(), noise_scale);
  out.scales = to_hwc(image);
  return out;
}

template <AddGaussian* add>
void add_noise(const NoiseTables& t, const float* x, float* out, std::int64_t size,
               const NoiseStream& stream, std::uint32_t sample) {
  add(x, out, size, t.scale, t.scales.empty() ? nullptr : t.scales.data(), stream, sample);
}

bool runs_here([[maybe_unused]] std::string_view instruction_set) {
#ifdef CERTIFY_X86_64
  if (instruction_set == "avx512") {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  }
  if (instruction_set == "avx2") {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  }
#endif
  return true;
}

const std::vector<NoisePath>& paths() {
  static const std::vector<NoisePath> usable = [] {
    std::vector<NoisePath> all = {
#ifdef CERTIFY_X86_64
        {"avx512", add_noise<avx512::add_gaussian>},
        {"avx2", add_noise<avx2::add_gaussian>},
#endif
        {"portable", add_noise<portable::add_gaussian>},
    };
    std::erase_if(all, [](const NoisePath& path) { return !runs_here(path.name); });
    return all;
  }();
  return usable;
}

double majority_radius(const Noise& noise, const LowerBound& top) {
  return top.p > 0.5 ? std::max(0.0, multiply_down(noise.sigma, lower_quantile(top))) : 0;
}

double pair_radius(const Noise& noise, const LowerBound& top, const UpperBound& rivals) {
  const double margin = subtract_down(lower_quantile(top), upper_quantile(rivals));
  return multiply_down(noise.sigma / 2, margin);
}

Proportion probability_at(const Noise& noise, double radius) {
  const NormalTails tails = normal_cdf(radius / noise.sigma);
  return {tails.below, tails.above};
}

}  // namespace

float noise_scale(double sigma) {
  const auto nearest = static_cast<float>(sigma);
  if (static_cast<double>(nearest) >= sigma) return nearest;
  return std::nextafter(nearest, std::numeric_limits<float>::infinity());
}

constinit const NoiseFamily kGaussian = {
    .name = "gaussian",
    .stream = "philox4x32-10/box-muller-32/hwc/v1",
    .norm = "l2",
    .device = DeviceFamily::kGaussianQuads,
    .tables = tables,
    .paths = paths,
    .majority_radius = majority_radius,
    .pair_radius = pair_radius,
    .probability_at = probability_at,
};

}  // namespace certify
