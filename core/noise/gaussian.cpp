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
using StandardGaussian = void(float*, std::int64_t, const NoiseStream&, std::uint32_t);
namespace portable {
AddGaussian add_gaussian;
StandardGaussian standard_gaussian;
}  // namespace portable
namespace avx2 {
AddGaussian add_gaussian;
StandardGaussian standard_gaussian;
}  // namespace avx2
namespace avx512 {
AddGaussian add_gaussian;
StandardGaussian standard_gaussian;
}  // namespace avx512

namespace {

NoiseTables tables(const Noise& noise) {
  NoiseTables out{noise_scale(noise.sigma), {}};
  if (noise.map == nullptr) return out;
  Image image{noise.map->shape, std::vector<float>(noise.map->values.size())};
  std::ranges::transform(noise.map->values, image.pixels.begin(), noise_scale);
  out.scales = to_hwc(image);
  return out;
}

template <AddGaussian* add, StandardGaussian* standard>
constexpr NoisePath path(std::string_view name) {
  return {name,
          [](const NoiseTables& t, const float* x, float* out, std::int64_t size,
             const NoiseStream& stream, std::uint32_t sample) {
            add(x, out, size, t.scale, t.scales.empty() ? nullptr : t.scales.data(), stream,
                sample);
          },
          [](const NoiseTables&, float* out, std::int64_t size, const NoiseStream& stream,
             std::uint32_t sample) { standard(out, size, stream, sample); }};
}

const std::vector<NoisePath>& paths() {
  static const std::vector<NoisePath> usable = usable_paths({
#ifdef CERTIFY_X86_64
      path<avx512::add_gaussian, avx512::standard_gaussian>("avx512"),
      path<avx2::add_gaussian, avx2::standard_gaussian>("avx2"),
#endif
      path<portable::add_gaussian, portable::standard_gaussian>("portable"),
  });
  return usable;
}

}  // namespace

double gaussian_majority_radius(const Noise& noise, const LowerBound& top) {
  return top.p > 0.5 ? std::max(0.0, multiply_down(noise.sigma, lower_quantile(top))) : 0;
}

double gaussian_pair_radius(const Noise& noise, const LowerBound& top, const UpperBound& rivals) {
  const double margin = subtract_down(lower_quantile(top), upper_quantile(rivals));
  return multiply_down(noise.sigma / 2, margin);
}

Proportion gaussian_probability_at(const Noise& noise, double radius) {
  const NormalTails tails = normal_cdf(radius / noise.sigma);
  return {tails.below, tails.above};
}

/// Rounded up: 0.12f is below 0.12, and noise smaller than stated would overclaim by 2e-8.
float noise_scale(double sigma) {
  const auto nearest = static_cast<float>(sigma);
  if (static_cast<double>(nearest) >= sigma) return nearest;
  return std::nextafter(nearest, std::numeric_limits<float>::infinity());
}

constinit const NoiseFamily kGaussian = {
    .name = "gaussian",
    .stream = "philox4x32-10/box-muller-32/hwc/v1",
    .norm = "l2",
    .described = "Gaussian noise",
    .levels_only = false,
    .device = DeviceFamily::kGaussianQuads,
    .takes_maps = true,
    .step = 0,
    .check = [](const Noise&) {},
    .tables = tables,
    .paths = paths,
    .total_variation = [](const Noise&, std::int64_t) { return 0.0; },
    .majority_radius = gaussian_majority_radius,
    .pair_radius = gaussian_pair_radius,
    .probability_at = gaussian_probability_at,
};

}  // namespace certify
