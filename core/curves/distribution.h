#pragma once
/// How many images have which radius, and which lower bound on the probability of their class.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/curves/radius_log.h"

namespace certify {

/// Images, by what became of them.
struct Outcomes {
  std::int64_t correct = 0, wrong = 0, abstained = 0;

  std::int64_t images() const { return correct + wrong + abstained; }
  bool operator==(const Outcomes&) const = default;
};

struct Histogram {
  std::vector<double> edges;   ///< rising
  std::vector<Outcomes> bins;  ///< bin i: edges[i] <= number < edges[i + 1]
  Outcomes without;            ///< images that have no such number
};

/// Of one log.
struct Distribution {
  std::string name;
  std::int64_t images = 0;
  std::optional<Histogram> p_lower;  ///< nothing where no row has it
  Histogram radius;                  ///< abstained images have none
};

/// Whether a row of it states one.
bool has_p_lower(const RadiusLog& log);

/// The radii of all logs have the same bins, 25 at most: their edges are multiples of 1, 2 or 5
/// times a power of ten, from 0 to beyond the largest radius. Those of p_lower are 0, 0.05, …, 1.
/// The last bin has its upper edge too.
/// @throws InputError for logs of areas, and as CertifiedAccuracy().
std::vector<Distribution> distributions_of(std::span<const RadiusLog> logs);

}  // namespace certify
