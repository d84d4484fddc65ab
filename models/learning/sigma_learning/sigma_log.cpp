#include "models/learning/sigma_learning/sigma_log.h"

#include <array>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "models/learning/training/epoch_chart.h"

namespace certify {
namespace {

std::vector<double> values_of(std::span<const SigmaEpoch> epochs, double SigmaEpoch::*value) {
  std::vector<double> values;
  for (const SigmaEpoch& e : epochs) values.push_back(e.*value);
  return values;
}

}  // namespace

std::string sigma_csv(std::span<const SigmaEpoch> epochs) {
  std::string csv = "epoch,learning_rate,area,accuracy,sigma_mean,sigma_min,sigma_max,seconds\n";
  for (const SigmaEpoch& e : epochs) {
    csv += fmt::format("{},{:.6g},{:.4f},{:.4f},{:.6g},{:.6g},{:.6g},{:.1f}\n", e.epoch,
                       e.learning_rate, e.area, e.accuracy, e.sigma_mean, e.sigma_smallest,
                       e.sigma_largest, e.seconds);
  }
  return csv;
}

std::string sigma_svg(std::span<const SigmaEpoch> epochs, std::int64_t last,
                      const std::string& title) {
  if (epochs.empty()) throw InputError("a learning without epochs has nothing to draw");
  const auto area = values_of(epochs, &SigmaEpoch::area);
  const auto most = values_of(epochs, &SigmaEpoch::sigma_largest);
  const auto [low, high] = axis_for(area);
  const std::array panels{
      EpochPanel{"log certified area", low, high, {{"area", area, 0}}},
      EpochPanel{"accuracy", 0, 1, {{"accuracy", values_of(epochs, &SigmaEpoch::accuracy), 2}}},
      EpochPanel{
          "sigma",
          0,
          axis_for(most).second,
          {{"largest", most, 1, "9 4", "largest"},
           {"mean", values_of(epochs, &SigmaEpoch::sigma_mean), 5, "", "geom. mean"},
           {"smallest", values_of(epochs, &SigmaEpoch::sigma_smallest), 3, "3 3", "smallest"}}}};
  return epoch_chart(panels, last, title);
}

}  // namespace certify
