#include "models/learning/training/epoch_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "core/report/tables/text.h"

namespace certify {
namespace {

constexpr double kWidth = 720, kLeft = 58, kRight = 130, kPanel = 190, kGap = 34, kTop = 44;

class Drawing {
 public:
  explicit Drawing(std::int64_t last)
      : last_(static_cast<double>(std::max<std::int64_t>(last, 2))) {}

  std::string panel(const EpochPanel& panel, double top) const {
    std::string svg = frame(panel, top);
    for (const EpochSeries& series : panel.series) svg += curve(panel, series, top);
    int line = 0;
    for (const EpochSeries& series : panel.series) {
      if (!series.legend.empty()) svg += legend(series, line++, top);
    }
    return svg;
  }

  double x(double epoch) const {
    return kLeft + (epoch - 1) / (last_ - 1) * (kWidth - kLeft - kRight);
  }

 private:
  static double y(const EpochPanel& panel, double value, double top) {
    return top + (1 - (value - panel.bottom) / (panel.top - panel.bottom)) * kPanel;
  }

  std::string frame(const EpochPanel& panel, double top) const {
    std::string svg = fmt::format(
        "<path d=\"M{0:.1f} {1:.1f}V{2:.1f}H{3:.1f}\" fill=\"none\" stroke=\"#4a5058\"/>\n"
        "<text transform=\"translate(17 {4:.1f}) rotate(-90)\" text-anchor=\"middle\">{5}</text>\n",
        kLeft, top, top + kPanel, x(last_), top + kPanel / 2, escaped(panel.title));
    const bool large = std::max(std::abs(panel.bottom), std::abs(panel.top)) >= 100;
    for (int i = 0; i <= 4; ++i) {
      const double value = panel.bottom + (panel.top - panel.bottom) * i / 4;
      svg += fmt::format(
          "<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"#e3e6ea\"/><text x=\"{:.1f}\" y=\"{:.1f}\" "
          "text-anchor=\"end\" font-size=\"12\">{:.{}f}</text>\n",
          kLeft, y(panel, value, top), x(last_), kLeft - 8, y(panel, value, top) + 4, value,
          large ? 0 : 2);
    }
    return svg;
  }

  std::string curve(const EpochPanel& panel, const EpochSeries& series, double top) const {
    std::string points, hover;
    for (std::size_t e = 0; e < series.values.size(); ++e) {
      const double value = series.values[e];
      if (!std::isfinite(value)) continue;
      const auto epoch = static_cast<double>(e + 1);
      const double right = x(epoch), down = y(panel, value, top);
      points += fmt::format("{}{:.1f},{:.1f}", points.empty() ? "" : " ", right, down);
      hover += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\" fill=\"{}\"><title>epoch {}: {} "
          "{:.4f}</title></circle>\n",
          right, down, series.colour, e + 1, escaped(series.name), value);
    }
    return fmt::format(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" "
        "stroke-dasharray=\"{}\"/>\n{}",
        points, series.colour, series.dash, hover);
  }

  static std::string legend(const EpochSeries& series, int line, double top) {
    const double left = kWidth - kRight + 12, at = top + 16 + 20 * line;
    return fmt::format(
        "<path d=\"M{0:.1f} {1:.1f}h26\" stroke=\"{2}\" stroke-width=\"2\" "
        "stroke-dasharray=\"{3}\"/><text x=\"{4:.1f}\" y=\"{5:.1f}\">{6}</text>\n",
        left, at, series.colour, series.dash, left + 32, at + 4, escaped(series.legend));
  }

  double last_;
};

/// Under the last panel.
std::string epoch_axis(const Drawing& drawing, std::int64_t last, double bottom) {
  constexpr int kMostTicks = 10;
  const std::int64_t end = std::max<std::int64_t>(last, 2);
  const std::int64_t step = (end - 1 + kMostTicks - 1) / kMostTicks;
  std::string svg;
  for (std::int64_t epoch = 1; epoch <= end; epoch += step) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                       drawing.x(static_cast<double>(epoch)), bottom + 18, epoch);
  }
  return svg + fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">epoch</text>\n",
                           (kLeft + kWidth - kRight) / 2, bottom + 38);
}

}  // namespace

std::string epoch_chart(std::span<const EpochPanel> panels, std::int64_t last,
                        const std::string& title) {
  const double height = kTop + static_cast<double>(panels.size()) * (kPanel + kGap) - kGap + 50;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n<rect width=\"{0}\" "
      "height=\"{1}\" fill=\"#fff\"/>\n<text x=\"{2}\" y=\"26\" font-size=\"15\" "
      "font-weight=\"600\">{3}</text>\n",
      kWidth, height, kLeft, escaped(title));
  const Drawing drawing(last);
  double top = kTop;
  for (const EpochPanel& panel : panels) {
    svg += drawing.panel(panel, top);
    top += kPanel + kGap;
  }
  return svg + epoch_axis(drawing, last, top - kGap) + "</svg>\n";
}

std::pair<double, double> axis_for(std::span<const double> values) {
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    least = std::min(least, value);
    most = std::max(most, value);
  }
  if (!(least <= most)) return {0, 1};
  const double range = std::max({most - least, std::abs(most) * 1e-3, 1e-9});
  const double step = std::pow(10, std::floor(std::log10(range)));
  return {std::floor(least / step) * step, (std::floor(most / step) + 1) * step};
}

}  // namespace certify
