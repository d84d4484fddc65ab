#include "core/sigma_map/sigma_map.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/sigma_map/sigma_map_file.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

/// Beyond this the noise itself would not be finite: |z| < 6.77.
constexpr double kMost = std::numeric_limits<float>::max() / 8;

void check(const SigmaMap& map) {
  const ImageShape& s = map.shape;
  if (s.channels < 1 || s.height < 1 || s.width < 1 ||
      static_cast<std::int64_t>(map.values.size()) != s.size()) {
    throw DataError("{} values of sigma for {} × {} × {} elements", map.values.size(), s.channels,
                    s.height, s.width);
  }
  const auto wrong =
      std::ranges::find_if(map.values, [](double v) { return !(v > 0 && v <= kMost); });
  if (wrong == map.values.end()) return;
  const auto at = static_cast<std::int64_t>(wrong - map.values.begin());
  const std::int64_t area = s.size() / s.channels;
  throw DataError("sigma is {} at [{}, {}, {}], must be positive and finite", *wrong, at / area,
                  at % area / s.width, at % s.width);
}

/// Compensated (Neumaier), less a bound on what is left: two units in the last place of every
/// logarithm, and of the result.
double log_sum_down(const std::vector<double>& values) {
  double sum = 0, lost = 0, magnitude = 0;
  for (const double value : values) {
    const double term = std::log(value), next = sum + term;
    lost += std::abs(sum) >= std::abs(term) ? (sum - next) + term : (term - next) + sum;
    sum = next;
    magnitude += std::abs(term);
  }
  const double slack = 2 * std::numeric_limits<double>::epsilon() * magnitude;
  return subtract_down(sum + lost, slack * (1 + 1e-6));
}

}  // namespace

SigmaMap make_sigma_map(const ImageShape& shape, std::vector<double> values) {
  SigmaMap map{.shape = shape, .values = std::move(values), .sha256 = {}};
  check(map);
  const auto [least, most] = std::ranges::minmax_element(map.values);
  map.smallest = *least;
  map.largest = *most;
  map.log_sum = log_sum_down(map.values);
  map.sha256 = sha256_of(to_npy(map));
  return map;
}

std::string describe(const SigmaMap& map) {
  return fmt::format("from {:.4g} to {:.4g}, geometric mean {:.4g}", map.smallest, map.largest,
                     std::exp(map.mean_log()));
}

}  // namespace certify
