// Compiled once for each instruction set: lattice_kernel.cpp.

#include "core/noise/cells_kernel.h"
#include "core/noise/uniform_quad.h"

namespace certify::CERTIFY_NOISE_PATH {

void add_uniform(const CellTable& table, const float* x, float* out, std::int64_t size,
                 const NoiseStream& stream, std::uint32_t sample) {
  add_cells<uniform::Guess>(table, x, out, size, stream, sample);
}

void standard_uniform(const CellTable& table, float* out, std::int64_t size,
                      const NoiseStream& stream, std::uint32_t sample) {
  standard_cells<uniform::Guess>(table, out, size, stream, sample);
}

}  // namespace certify::CERTIFY_NOISE_PATH
