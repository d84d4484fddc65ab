#include "core/verify/checks/ellipsoid_check.h"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/npy.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

using checker::Real;

/// A hundred times what a sum of 10⁶ logarithms of 64 bits can lose.
constexpr Real kSumError = 1e-15L;

/// Above `exact` by more than its own evaluation may be off.
bool exceeds(double stated, Real exact) {
  return static_cast<Real>(stated) > exact + kSumError * (1 + std::abs(exact));
}

std::string shown(Real x) { return fmt::format("{:.15g}", static_cast<double>(x)); }

/// As a run keeps its map.
std::vector<double> values_in(const std::filesystem::path& file,
                              const std::vector<std::int64_t>& shape) {
  try {
    return from_npy<double>(read_file(file), shape);
  } catch (const DataError& error) {
    throw DataError("{}: {}", file.string(), error.what());
  }
}

}  // namespace

MapFacts read_map_facts(const std::filesystem::path& folder, const RunSettings& settings) {
  const std::filesystem::path file = folder / kSigmaMapFile;
  MapFacts facts;
  if (const std::string hash = sha256_of_file(file); hash != settings.sigma_map) {
    facts.findings.push_back(
        fmt::format("its hash is {}, the manifest says {}", hash, settings.sigma_map));
  }
  facts.dimension = settings.shape.size();
  const ImageShape& shape = settings.shape;
  for (const double sigma : values_in(file, {shape.channels, shape.height, shape.width})) {
    if (!(sigma > 0 && std::isfinite(sigma))) {
      facts.findings.push_back(fmt::format("a sigma of {}", sigma));
      return facts;
    }
    facts.log_sum += std::log(static_cast<Real>(sigma));
    facts.smallest = facts.smallest > 0 ? std::min(facts.smallest, sigma) : sigma;
  }
  if (facts.smallest != settings.sigma) {
    facts.findings.push_back(fmt::format("its smallest sigma is {}, the manifest says {}",
                                         facts.smallest, settings.sigma));
  }
  return facts;
}

Real log_ball(std::int64_t dimension) {
  const Real half = static_cast<Real>(dimension) / 2;
  return half * std::log(std::numbers::pi_v<Real>) - std::lgamma(half + 1);
}

std::vector<std::string> check_ellipsoid(const StatedRow& row, const MapFacts* map) {
  std::vector<std::string> findings;
  const StatedEllipsoid& stated = *row.ellipsoid;
  const bool nothing = row.predicted < 0 || !(row.radius > 0);
  const Real radius = nothing ? 0 : static_cast<Real>(row.radius) / row.sigma;
  if (static_cast<Real>(stated.radius) > radius) {
    findings.push_back(
        fmt::format("radius_mahalanobis {} claims too much: radius_full / sigma = {}",
                    stated.radius, shown(radius)));
  }
  if (nothing) {
    if (stated.log_area > -HUGE_VAL || stated.log_volume > -HUGE_VAL) {
      findings.push_back(fmt::format("certifies nothing, but claims log areas of {} and {}",
                                     stated.log_area, stated.log_volume));
    }
    return findings;
  }
  if (map == nullptr) return findings;
  const Real area = map->log_sum + static_cast<Real>(map->dimension) * std::log(radius);
  const Real volume = area + log_ball(map->dimension);
  if (exceeds(stated.log_area, area)) {
    findings.push_back(fmt::format("log_area {} claims too much: the map and radius_full give {}",
                                   stated.log_area, shown(area)));
  }
  if (exceeds(stated.log_volume, volume)) {
    findings.push_back(fmt::format("log_volume {} claims too much: the map and radius_full give {}",
                                   stated.log_volume, shown(volume)));
  }
  return findings;
}

}  // namespace certify
