// Compiled once for each instruction set, into a namespace of that name. No header here may define
// an inline function that another file shares, or the linker could keep the AVX-512 copy for
// everyone; hence the anonymous namespace and no <algorithm>.

#include "core/noise/cells_kernel.h"
#include "core/noise/lattice_quad.h"

namespace certify::CERTIFY_NOISE_PATH {

void add_lattice(const CellTable& table, const float* x, float* out, std::int64_t size,
                 const NoiseStream& stream, std::uint32_t sample) {
  add_cells<lattice::Guess>(table, x, out, size, stream, sample);
}

void standard_lattice(const CellTable& table, float* out, std::int64_t size,
                      const NoiseStream& stream, std::uint32_t sample) {
  standard_cells<lattice::Guess>(table, out, size, stream, sample);
}

}  // namespace certify::CERTIFY_NOISE_PATH
