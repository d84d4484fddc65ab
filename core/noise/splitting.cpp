#include "core/noise/splitting.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/errors.h"
#include "core/noise/cell_noise.h"
#include "core/noise/device_families.h"

namespace certify {

// splitting_kernel.cpp, once for each instruction set.
namespace portable {
AddCells add_splitting;
StandardCells standard_splitting;
}  // namespace portable
namespace avx2 {
AddCells add_splitting;
StandardCells standard_splitting;
}  // namespace avx2
namespace avx512 {
AddCells add_splitting;
StandardCells standard_splitting;
}  // namespace avx512

namespace {

constexpr int kPlaces = 2 * kLevels;  ///< in 2 λ, for λ = 1

void check(const Noise& noise) {
  if (noise.map != nullptr) {
    throw InputError("{} noise goes with no map of sigma", noise.family->name);
  }
  splitting_offsets(noise);
}

NoiseTables tables(const Noise& noise) {
  const auto offsets = static_cast<std::uint32_t>(splitting_offsets(noise));
  NoiseCells cells;
  cells.table.per_unit = kLevels;
  cells.table.offsets = offsets;
  cells.table.takes_all = noise.family->all_samples != nullptr;
  return {.cells = std::make_shared<const NoiseCells>(std::move(cells))};
}

const std::vector<NoisePath>& paths() {
  static const std::vector<NoisePath> usable = usable_paths({
#ifdef CERTIFY_X86_64
      cell_path<avx512::add_splitting, avx512::standard_splitting>("avx512"),
      cell_path<avx2::add_splitting, avx2::standard_splitting>("avx2"),
#endif
      cell_path<portable::add_splitting, portable::standard_splitting>("portable"),
  });
  return usable;
}

/// Of s, once a sample: every place has a probability within 2⁻⁶⁴ of 1 / M.
double total_variation_of_place(const Noise& noise, std::int64_t /*elements*/) {
  return std::ldexp(static_cast<double>(splitting_offsets(noise)), -64);
}

/// M / 510, and not more than √3 σ, from which it was rounded to a whole M.
double half_side(const Noise& noise) {
  const auto places = static_cast<double>(splitting_offsets(noise));
  return std::min(std::nextafter(places / kPlaces, 0), half_side_of(noise.sigma));
}

double pair_radius(const Noise& noise, const LowerBound& top, const UpperBound& rivals) {
  return cube_pair_radius(half_side(noise), top, rivals);
}

double majority_radius(const Noise& noise, const LowerBound& top) {
  return cube_majority_radius(half_side(noise), top);
}

Proportion probability_at(const Noise& noise, double radius) {
  return cube_probability_at(half_side(noise), radius);
}

constexpr NoiseFamily family(std::string_view name, std::string_view stream, bool all) {
  return {.name = name,
          .stream = stream,
          .norm = "l1",
          .described = "splitting noise",
          .levels_only = true,
          .device = DeviceFamily::kSplittingQuads,
          .takes_maps = false,
          .step = 1.0 / kLevels,
          .check = check,
          .tables = tables,
          .paths = paths,
          .total_variation =
              all ? [](const Noise&, std::int64_t) { return 0.0; } : total_variation_of_place,
          .majority_radius = majority_radius,
          .pair_radius = pair_radius,
          .probability_at = probability_at,
          .all_samples = all ? splitting_offsets : nullptr,
          .seed_is_of_classifier = true};
}

}  // namespace

std::int64_t splitting_offsets(const Noise& noise) {
  constexpr double kMostPlaces = 0x1p18, kLeastPlaces = 3, kRounding = 1e-9;
  const double places = noise.sigma * std::numbers::sqrt3 * kPlaces;
  const double whole = std::round(places);
  if (std::abs(places - whole) > kRounding) {
    throw InputError(
        "{} noise takes a lambda of whole 510ths, that is half levels of 8 bits, and {} lies "
        "between {}/510 and {}/510",
        noise.family->name, places / kPlaces, std::floor(places), std::ceil(places));
  }
  if (!(whole >= kLeastPlaces && whole <= kMostPlaces)) {
    throw InputError(
        "{} noise takes a lambda from {}/510, where a level can be certified, to {:.0f}",
        noise.family->name, kLeastPlaces, kMostPlaces / kPlaces);
  }
  return static_cast<std::int64_t>(whole);
}

constinit const NoiseFamily kSplitting[2] = {
    family("splitting", "philox4x32-10/splitting-drawn/hwc/v1", false),
    family("splitting:all", "philox4x32-10/splitting-all/hwc/v1", true),
};

}  // namespace certify
