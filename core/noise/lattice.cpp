#include "core/noise/lattice.h"

#include <boost/math/special_functions/erf.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>

#include <cmath>

#include "core/noise/cell_noise.h"
#include "core/noise/device_families.h"
#include "core/noise/gaussian.h"

namespace certify {

// lattice_kernel.cpp, once for each instruction set.
namespace portable {
AddCells add_lattice;
StandardCells standard_lattice;
}  // namespace portable
namespace avx2 {
AddCells add_lattice;
StandardCells standard_lattice;
}  // namespace avx2
namespace avx512 {
AddCells add_lattice;
StandardCells standard_lattice;
}  // namespace avx512

namespace {

/// 113 bits. What is rounded to 64 must be known far better: then every machine rounds alike.
using Real = boost::multiprecision::cpp_bin_float_quad;

/// Φ(-x) for x > 0.
Real upper_tail(const Real& x) { return boost::math::erfc(x / sqrt(Real(2))) / 2; }

Real density(const Real& x) {
  return exp(-x * x / 2) / sqrt(2 * boost::math::constants::pi<Real>());
}

/// E[z | z in (a, b)] = (φ(a) - φ(b)) / P(a < z < b), 0 <= a < b; tails[a], tails[b] of Φ(-·).
struct Edge {
  Real tail, density;
};
float mean_between(const Edge& a, const Edge& b) {
  return static_cast<float>(Real((a.density - b.density) / (a.tail - b.tail)));
}

NoiseCells make_cells(double sigma, int q) {
  const Real spread = Real(kLevels * q) * Real(sigma);
  std::vector<Edge> edges;  // of the cells 0 | 1 | 2 …, as long as a tail has a 64th bit
  const Real scale = ldexp(Real(1), 64);
  for (int k = 1;; ++k) {
    const Real x = (Real(k) - Real(0.5)) / spread;
    const Real tail = upper_tail(x);
    if (tail * scale < 1) break;
    edges.push_back({tail, density(x)});
  }
  const std::size_t half = edges.size();
  NoiseCells cells;
  cells.thresholds.resize(2 * half);
  cells.means.resize(2 * half + 1);
  for (std::size_t i = 0; i < half; ++i) {
    const Real scaled = edges[i].tail * scale;
    // ⌈2⁶⁴ Φ⌉ of the edge below zero and of its mirror image, where 2⁶⁴ Φ = 2⁶⁴ - scaled.
    cells.thresholds[half - 1 - i] = static_cast<std::uint64_t>(ceil(scaled));
    cells.thresholds[half + i] = -static_cast<std::uint64_t>(floor(scaled));
    const Edge beyond = i + 1 < half ? edges[i + 1] : Edge{0, 0};
    const float mean = mean_between(edges[i], beyond);
    cells.means[half + 1 + i] = mean;
    cells.means[half - 1 - i] = -mean;
  }
  const auto s = static_cast<float>(spread);
  cells.table = {cells.thresholds.data(),
                 cells.means.data(),
                 static_cast<std::uint32_t>(2 * half),
                 -static_cast<std::int32_t>(half),
                 s,
                 0.5f - s * lattice::kGuessError,
                 static_cast<float>(kLevels * q)};
  return cells;
}

template <int q>
void check(const Noise& noise) {
  check_cells(noise, q);
}

template <int q>
NoiseTables tables(const Noise& noise) {
  static KeptCells kept(make_cells);
  check_cells(noise, q);
  return {.cells = kept.of(noise.sigma, q)};
}

const std::vector<NoisePath>& paths() {
  static const std::vector<NoisePath> usable = usable_paths({
#ifdef CERTIFY_X86_64
      cell_path<avx512::add_lattice, avx512::standard_lattice>("avx512"),
      cell_path<avx2::add_lattice, avx2::standard_lattice>("avx2"),
#endif
      cell_path<portable::add_lattice, portable::standard_lattice>("portable"),
  });
  return usable;
}

template <int q>
double total_variation(const Noise& noise, std::int64_t elements) {
  const double units = lattice_error_units(noise.sigma * kLevels * q);
  return std::ldexp(static_cast<double>(elements) * units, -64);
}

template <int q>
constexpr NoiseFamily family(std::string_view name, std::string_view stream) {
  return {.name = name,
          .stream = stream,
          .norm = "l2",
          .described = "Gaussian noise",
          .levels_only = false,
          .device = DeviceFamily::kLatticeQuads,
          .takes_maps = false,
          .step = 1.0 / (kLevels * q),
          .check = check<q>,
          .tables = tables<q>,
          .paths = paths,
          .total_variation = total_variation<q>,
          .majority_radius = gaussian_majority_radius,
          .pair_radius = gaussian_pair_radius,
          .probability_at = gaussian_probability_at};
}

}  // namespace

double lattice_error_units(double spread) {
  // Φ(-9.1) < 2⁻⁶⁴, so thresholds end before 9.1 σ on either side.
  return 2 * std::ceil(9.1 * spread) + 3;
}

constinit const NoiseFamily kLattice[5] = {
    family<1>("lattice", "philox4x32-10/lattice-1-cdf64/hwc/v1"),
    family<2>("lattice:2", "philox4x32-10/lattice-2-cdf64/hwc/v1"),
    family<4>("lattice:4", "philox4x32-10/lattice-4-cdf64/hwc/v1"),
    family<8>("lattice:8", "philox4x32-10/lattice-8-cdf64/hwc/v1"),
    family<16>("lattice:16", "philox4x32-10/lattice-16-cdf64/hwc/v1"),
};

}  // namespace certify
