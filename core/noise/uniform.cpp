#include "core/noise/uniform.h"

#include <boost/multiprecision/cpp_bin_float.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include "core/base/errors.h"
#include "core/noise/cell_noise.h"
#include "core/noise/device_families.h"

namespace certify {

// uniform_kernel.cpp, once for each instruction set.
namespace portable {
AddCells add_uniform;
StandardCells standard_uniform;
}  // namespace portable
namespace avx2 {
AddCells add_uniform;
StandardCells standard_uniform;
}  // namespace avx2
namespace avx512 {
AddCells add_uniform;
StandardCells standard_uniform;
}  // namespace avx512

namespace {

/// 113 bits, so that every machine rounds to the same 64.
using Real = boost::multiprecision::cpp_bin_float_quad;

NoiseCells make_cells(double sigma, int q) {
  const Real spread = Real(kLevels * q) * Real(sigma);
  const Real half_width = sqrt(Real(3)) * spread;
  const auto half = static_cast<int>(ceil(half_width - Real(0.5)));  // cells on either side of 0
  NoiseCells cells;
  for (int k = 1 - half; k <= half; ++k) {
    const Real below = (Real(k) - Real(0.5) + half_width) / (2 * half_width);
    const Real threshold = ceil(ldexp(below, 64));
    // 2⁶⁴ where the cube ends next to a border: one less, which is as near.
    cells.thresholds.push_back(threshold < ldexp(Real(1), 64)
                                   ? static_cast<std::uint64_t>(threshold)
                                   : std::numeric_limits<std::uint64_t>::max());
  }
  for (int k = -half; k <= half; ++k) {
    Real middle = k;
    if (k == half) middle = (Real(k) - Real(0.5) + half_width) / 2;
    if (k == -half) middle = (Real(k) + Real(0.5) - half_width) / 2;
    cells.means.push_back(static_cast<float>(Real(middle / spread)));
  }
  const auto s = static_cast<float>(spread);
  cells.table = {cells.thresholds.data(),
                 cells.means.data(),
                 static_cast<std::uint32_t>(2 * half),
                 -half,
                 s,
                 0.5f - s * uniform::kGuessError,
                 static_cast<float>(kLevels * q)};
  return cells;
}

template <int q>
void check(const Noise& noise) {
  check_cells(noise, q);
  const double half_width = half_side_of(noise.sigma) * kLevels * q;
  if (!(half_width > 0.5)) {
    throw InputError(
        "{} noise of this size lies within one level of 1/{}: nothing is drawn, and no move of the "
        "image by a level is certified; sigma must exceed {:.3g}",
        noise.family->name, kLevels * q, 0.5 / (std::numbers::sqrt3 * kLevels * q));
  }
}

template <int q>
NoiseTables tables(const Noise& noise) {
  static KeptCells kept(make_cells);
  check<q>(noise);
  return {.cells = kept.of(noise.sigma, q)};
}

const std::vector<NoisePath>& paths() {
  static const std::vector<NoisePath> usable = usable_paths({
#ifdef CERTIFY_X86_64
      cell_path<avx512::add_uniform, avx512::standard_uniform>("avx512"),
      cell_path<avx2::add_uniform, avx2::standard_uniform>("avx2"),
#endif
      cell_path<portable::add_uniform, portable::standard_uniform>("portable"),
  });
  return usable;
}

double pair_radius(const Noise& noise, const LowerBound& top, const UpperBound& rivals) {
  return cube_pair_radius(half_side_of(noise.sigma), top, rivals);
}

double majority_radius(const Noise& noise, const LowerBound& top) {
  return cube_majority_radius(half_side_of(noise.sigma), top);
}

Proportion probability_at(const Noise& noise, double radius) {
  return cube_probability_at(half_side_of(noise.sigma), radius);
}

/// One 2⁻⁶⁴ for every border between cells, of which there are at most two in each cell of λ.
template <int q>
double total_variation(const Noise& noise, std::int64_t elements) {
  const double cells = std::numbers::sqrt3 * noise.sigma * kLevels * q;
  const double units = 2 * std::ceil(cells) + 3;  // and all roundings here
  return std::ldexp(static_cast<double>(elements) * units, -64);
}

template <int q>
constexpr NoiseFamily family(std::string_view name, std::string_view stream) {
  return {.name = name,
          .stream = stream,
          .norm = "l1",
          .described = "uniform noise",
          .levels_only = false,
          .device = DeviceFamily::kUniformQuads,
          .takes_maps = false,
          .step = 1.0 / (kLevels * q),
          .check = check<q>,
          .tables = tables<q>,
          .paths = paths,
          .total_variation = total_variation<q>,
          .majority_radius = majority_radius,
          .pair_radius = pair_radius,
          .probability_at = probability_at};
}

}  // namespace

constinit const NoiseFamily kUniform[5] = {
    family<1>("uniform", "philox4x32-10/uniform-1-cdf64/hwc/v1"),
    family<2>("uniform:2", "philox4x32-10/uniform-2-cdf64/hwc/v1"),
    family<4>("uniform:4", "philox4x32-10/uniform-4-cdf64/hwc/v1"),
    family<8>("uniform:8", "philox4x32-10/uniform-8-cdf64/hwc/v1"),
    family<16>("uniform:16", "philox4x32-10/uniform-16-cdf64/hwc/v1"),
};

}  // namespace certify
