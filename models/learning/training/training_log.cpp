#include "models/learning/training/training_log.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "models/learning/training/epoch_chart.h"

namespace certify {
namespace {

std::vector<double> values_of(std::span<const EpochResult> epochs, double EpochResult::*value) {
  std::vector<double> values;
  for (const EpochResult& e : epochs) values.push_back(e.*value);
  return values;
}

}  // namespace

std::string training_csv(std::span<const EpochResult> epochs) {
  std::string csv = "epoch,learning_rate,loss,accuracy_clean,accuracy_noisy,seconds\n";
  for (const EpochResult& e : epochs) {
    csv += fmt::format("{},{:.6g},{:.6f},{:.4f},{:.4f},{:.1f}\n", e.epoch, e.learning_rate, e.loss,
                       e.accuracy_clean, e.accuracy_noisy, e.seconds);
  }
  return csv;
}

std::string training_svg(std::span<const EpochResult> epochs, std::int64_t last,
                         const std::string& title) {
  if (epochs.empty()) throw InputError("a training without epochs has nothing to draw");
  double most = 0;
  for (const EpochResult& e : epochs) most = std::max(most, e.loss);
  const std::array panels{
      EpochPanel{"training loss",
                 0,
                 most > 0 ? std::ceil(most * 4) / 4 : 1,
                 {{"loss", values_of(epochs, &EpochResult::loss), 0}}},
      EpochPanel{
          "test accuracy",
          0,
          1,
          {{"clean", values_of(epochs, &EpochResult::accuracy_clean), 1, "9 4", "clean"},
           {"noisy", values_of(epochs, &EpochResult::accuracy_noisy), 2, "", "under noise"}}}};
  return epoch_chart(panels, last, title);
}

}  // namespace certify
