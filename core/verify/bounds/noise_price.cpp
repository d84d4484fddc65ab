#include "core/verify/bounds/noise_price.h"

#include <cmath>
#include <cstdlib>
#include <string_view>

namespace certify::checker {

Real noise_price(const RunSettings& settings) {
  constexpr std::string_view kLatticeOf = "/lattice-";
  const auto at = settings.noise.find(kLatticeOf);
  if (at == std::string::npos) return 0;
  const Real q = std::atoi(settings.noise.c_str() + at + kLatticeOf.size());
  const Real spread = 255 * q * static_cast<Real>(settings.sigma);
  // Borders of cells lie at (i + 1/2) / spread on either side, and those beyond 9.0804 are left
  // out: a normal tail is smaller than 2^-64 there. Each border and either end costs one 2^-64.
  constexpr Real kEnd = 9.0804L;
  const Real borders = 2 * std::floor(kEnd * spread + 0.5L);
  const Real samples = static_cast<Real>(settings.n0) + static_cast<Real>(settings.n);
  return std::ldexp(borders + 2, -64) * static_cast<Real>(settings.shape.size()) * samples;
}

}  // namespace certify::checker
