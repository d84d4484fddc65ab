#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace certify {

/// A curve over the epochs from 1.
struct EpochSeries {
  std::string name;            ///< shown over its points
  std::vector<double> values;  ///< one an epoch; what is not finite is left out
  std::size_t ink = 0;         ///< its colour (core/report/figures/axes.h)
  std::string dash{};
  std::string legend{};  ///< beside the panel; empty for none
};

struct EpochPanel {
  std::string title;
  double bottom = 0, top = 1;  ///< of its axis
  std::vector<EpochSeries> series;
};

/// What is known after each epoch, one of its values.
template <class Epoch>
std::vector<double> values_of(std::span<const Epoch> epochs, double Epoch::*value) {
  std::vector<double> values;
  for (const Epoch& epoch : epochs) values.push_back(epoch.*value);
  return values;
}

/// Panels one above the other that share the axis of epochs, as a stand-alone SVG.
/// @param last  the epoch that the axis ends at
std::string epoch_chart(std::span<const EpochPanel> panels, std::int64_t last,
                        const std::string& title);

/// An axis for these values that begins and ends at a multiple of a round step.
std::pair<double, double> axis_for(std::span<const double> values);

}  // namespace certify
