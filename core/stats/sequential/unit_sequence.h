#pragma once
/// What the bounds on means of [0, 1] variables share: their samples, in the order drawn.

#include <cstdint>
#include <span>
#include <vector>

namespace certify {

/// @throws InputError unless there is a sample and each is in [0, 1] (NaN is not).
void check_unit_interval(std::span<const double> x);

/// A value and how many samples have it, for bounds that do not look at the order.
struct WeightedValue {
  double value = 0;  ///< in [0, 1]
  std::int64_t count = 0;
};
/// @return how many samples they are   @throws InputError unless there is one, all in [0, 1].
std::int64_t checked_total(std::span<const WeightedValue> x);

/// The predictable plug-in bets of Waudby-Smith & Ramdas (2023), eq. (24)-(26), not yet truncated:
/// λ_t = √(2 ln(1/α) / (s²_{t-1} n)), where s²_t = (¼ + Σ_{i<=t} (x_i - μ_i)²) / (t+1) and
/// μ_t = (½ + Σ_{i<=t} x_i) / (t+1). Valid at any time, tight at the last sample.
struct PlugInBets {
  std::vector<double> bets;   ///< λ_1 … λ_n
  std::vector<double> means;  ///< μ_0 … μ_{n-1}, what was expected of x_1 … x_n
};
PlugInBets plug_in_bets(std::span<const double> x, double alpha);

}  // namespace certify
