#include "core/stats/sequential/unit_sequence.h"

#include <cmath>

#include "core/base/errors.h"

namespace certify {

void check_unit_interval(std::span<const double> x) {
  if (x.empty()) throw InputError("a bound on a mean needs at least one sample");
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!(0 <= x[i] && x[i] <= 1)) throw InputError("sample {} is {}, not in [0, 1]", i, x[i]);
  }
}

std::int64_t checked_total(std::span<const WeightedValue> x) {
  std::int64_t n = 0;
  for (const auto& [value, count] : x) {
    if (!(0 <= value && value <= 1 && count >= 0)) {
      throw InputError("{} samples of value {}", count, value);
    }
    n += count;
  }
  if (n < 1) throw InputError("a bound on a mean needs at least one sample");
  return n;
}

PlugInBets plug_in_bets(std::span<const double> x, double alpha) {
  const double doubled_log = -2 * std::log(alpha);
  const auto n = static_cast<double>(x.size());
  PlugInBets result{std::vector<double>(x.size()), std::vector<double>(x.size())};
  double sum = 0.5;
  double squares = 0.25;
  double mean = 0.5;
  double variance = 0.25;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto t = static_cast<double>(i + 1);
    result.bets[i] = std::sqrt(doubled_log / (variance * n));
    result.means[i] = mean;
    sum += x[i];
    mean = sum / (t + 1);
    squares += (x[i] - mean) * (x[i] - mean);
    variance = squares / (t + 1);
  }
  return result;
}

}  // namespace certify
