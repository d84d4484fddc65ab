#pragma once
/// What every chart is drawn with: its panel and title, scales, ticks, grid, labels and colours.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace certify {

/// A generous mean of 13 px text: names are shortened to fit.
inline constexpr double kCharWidth = 7;

/// The colours of curves on a light panel, over and over. Those on a dark one are in the chart's
/// style, of the classes cN (stroke) and bN (fill), N < kInkCount.
inline constexpr std::size_t kInkCount = 6;
const char* ink(std::size_t i);

/// Where values from `low` to `high` lie in the drawing, in px. @pre low < high
struct Scale {
  double low = 0, high = 1;
  double from = 0, to = 1;
  double operator()(double value) const {
    return from + (value - low) / (high - low) * (to - from);
  }
};

/// The smallest of 1, 2.5, 5 times a power of ten that cuts `range` into at most `parts`.
double nice_step(double range, int parts);

/// Those that lie on the scale, each computed anew so that none drifts.
std::vector<double> multiples_of(double step, const Scale& scale);

struct Axis {
  Scale scale;
  double step = 1;       ///< from tick to tick
  std::string name{};    ///< SVG text
  bool labelled = true;  ///< the numbers at the ticks
};

/// The grid, the numbers at the ticks, the lines left and below, and the names of the axes.
std::string draw_axes(const Axis& x, const Axis& y);

/// The name of an axis as SVG text, in which the number of a leading norm ("ℓ2 radius") is lowered.
std::string axis_name(std::string_view label);

/// @throws InputError unless from 320 to 4000 px.
void check_chart_width(int width);
/// Whether text beside text has no room.
inline bool is_narrow(double width) { return width < 500; }

/// Begins a stand-alone SVG with its style, its panel and its title, which is shortened to fit.
/// The caller adds what is drawn, and "</svg>\n".
/// @param about  for those who do not see it; the title is put behind
std::string open_chart(double width, double height, std::string_view about,
                       const std::string& title);

/// A place or length in px with one decimal, or none if that is 0.
std::string px(double value);

}  // namespace certify
