#include "core/verify/bounds/noise_price.h"

#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace certify::checker {

namespace {

/// The number behind this in the name of the stream.
std::optional<Real> number_behind(const std::string& stream, std::string_view word) {
  const auto at = stream.find(word);
  if (at == std::string::npos) return std::nullopt;
  return std::atoi(stream.c_str() + at + word.size());
}

}  // namespace

Real noise_price(const RunSettings& settings) {
  const auto sigma = static_cast<Real>(settings.sigma);
  Real units = 0;  // of 2^-64, for each element of a sample
  if (const auto q = number_behind(settings.noise, "/lattice-")) {
    // Borders of cells lie at (i + 1/2) / spread on either side, and those beyond 9.0804 are left
    // out: a normal tail is smaller than 2^-64 there. Each border and either end costs one 2^-64.
    constexpr Real kEnd = 9.0804L;
    units = 2 * std::floor(kEnd * 255 * *q * sigma + 0.5L) + 2;
  } else if (const auto cells = number_behind(settings.noise, "/uniform-")) {
    // Borders lie at i + 1/2 cells on either side, up to the side of the cube, and cost one each.
    units = 2 * std::ceil(std::sqrt(3.0L) * 255 * *cells * sigma - 0.5L);
  }
  if (settings.noise.find("/splitting-drawn/") != std::string::npos) {
    // One place of 510 lambda is drawn for a whole sample, to one 2^-64 each.
    const Real places = std::round(std::sqrt(3.0L) * 510 * sigma);
    return std::ldexp(places, -64) *
           (static_cast<Real>(settings.n0) + static_cast<Real>(settings.n));
  }
  const Real samples = static_cast<Real>(settings.n0) + static_cast<Real>(settings.n);
  return std::ldexp(units, -64) * static_cast<Real>(settings.shape.size()) * samples;
}

bool takes_all_samples(const RunSettings& settings) {
  return settings.noise.find("/splitting-all/") != std::string::npos;
}

bool seed_cuts(const RunSettings& settings) {
  return settings.noise.find("/splitting-") != std::string::npos;
}

std::string_view norm_of_noise(const RunSettings& settings) {
  return seed_cuts(settings) || number_behind(settings.noise, "/uniform-") ? "l1" : "l2";
}

}  // namespace certify::checker
