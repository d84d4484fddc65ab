#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace certify {

/// What `certify recertify` was asked for.
struct RecertifyOptions {
  std::string run, counts;
  std::optional<double> sigma, alpha;
  std::vector<std::string> methods;  ///< none: cohen, or what stopping early leaves valid
  std::string select;
  std::int64_t n = 0;  ///< 0: all that are stored
  std::uint64_t seed = 0;
  double lipschitz = 0;
  std::string score_link;
  double temperature = 0;  ///< 0: the run's
  std::string radii;
  std::string out;
};

}  // namespace certify
