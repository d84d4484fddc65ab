#include "core/stats/sequential/unit_sequence.h"

#include <fmt/format.h>

#include <cmath>

#include "core/base/errors.h"

namespace certify {

void check_unit_interval(std::span<const double> x) {
  if (x.empty()) throw InputError("a bound on a mean needs at least one sample");
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!(0 <= x[i] && x[i] <= 1)) {
      throw InputError(fmt::format("sample {} is {}, not in [0, 1]", i, x[i]));
    }
  }
}

void check_alpha(double alpha) {
  if (!(0 < alpha && alpha < 1)) throw InputError(fmt::format("alpha = {}, not in (0, 1)", alpha));
}

std::vector<double> mirrored(std::span<const double> x) {
  std::vector<double> mirror(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) mirror[i] = 1 - x[i];
  return mirror;
}

PlugInBets plug_in_bets(std::span<const double> x, double alpha, Horizon horizon) {
  const double doubled_log = -2 * std::log(alpha);
  const auto n = static_cast<double>(x.size());
  PlugInBets result{std::vector<double>(x.size()), std::vector<double>(x.size())};
  double sum = 0.5;
  double squares = 0.25;
  double mean = 0.5;
  double variance = 0.25;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto t = static_cast<double>(i + 1);
    const double spread = horizon == Horizon::kFixed ? n : t * std::log1p(t);
    result.bets[i] = std::sqrt(doubled_log / (variance * spread));
    result.means[i] = mean;
    sum += x[i];
    mean = sum / (t + 1);
    squares += (x[i] - mean) * (x[i] - mean);
    variance = squares / (t + 1);
  }
  return result;
}

}  // namespace certify
