#pragma once
/// What families of whole cells share on the host: cells are of width 1/(255 q).

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "core/noise/noise.h"

namespace certify {

inline constexpr int kLevels = 255;  ///< of 8 bits
/// σ in cells. Cells then are whole numbers of floats, and a table of them fits a cache.
inline constexpr double kMostSpread = 0x1p15;

// NAME_kernel.cpp has them once for each instruction set.
using AddCells = void(const CellTable&, const float*, float*, std::int64_t, const NoiseStream&,
                      std::uint32_t);
using StandardCells = void(const CellTable&, float*, std::int64_t, const NoiseStream&,
                           std::uint32_t);

template <AddCells* add, StandardCells* standard>
constexpr NoisePath cell_path(std::string_view name) {
  return {name,
          [](const NoiseTables& t, const float* x, float* out, std::int64_t size,
             const NoiseStream& stream,
             std::uint32_t sample) { add(t.cells->table, x, out, size, stream, sample); },
          [](const NoiseTables& t, float* out, std::int64_t size, const NoiseStream& stream,
             std::uint32_t sample) { standard(t.cells->table, out, size, stream, sample); }};
}

/// Every worker of a run asks for the same cells, and to make them takes milliseconds.
class KeptCells {
 public:
  using Make = NoiseCells (*)(double sigma, int q);
  explicit KeptCells(Make make) : make_(make) {}

  std::shared_ptr<const NoiseCells> of(double sigma, int q) {
    constexpr std::size_t kMost = 64;
    const std::lock_guard lock(mutex_);
    if (kept_.size() > kMost) kept_.clear();
    auto& cells = kept_[{sigma, q}];
    if (!cells) cells = std::make_shared<const NoiseCells>(make_(sigma, q));
    return cells;
  }

 private:
  Make make_;
  std::mutex mutex_;
  std::map<std::pair<double, int>, std::shared_ptr<const NoiseCells>> kept_;
};

/// @throws InputError for a map, and for a sigma of too many cells
void check_cells(const Noise& noise, int q);

/// λ = √3 σ, rounded down: half the side of the cube on which noise of that σ is uniform.
double half_side_of(double sigma);

// What noise proves that changes no probability by more than |δ|₁ / 2λ. See NoiseFamily.
/// @param half_side  λ, rounded down
double cube_pair_radius(double half_side, const LowerBound& top, const UpperBound& rivals);
double cube_majority_radius(double half_side, const LowerBound& top);
Proportion cube_probability_at(double half_side, double radius);

}  // namespace certify
