#include "models/learning/training/epoch_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "core/report/figures/axes.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

constexpr double kWidth = 720, kLeft = 58, kRight = 130, kPanel = 190, kGap = 34, kTop = 44;
constexpr int kMostTicks = 10, kMostLines = 5;  // along the epochs, and up a panel

std::string stroke(const EpochSeries& series) {
  return fmt::format(
      "class=\"c{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"",
      series.ink, ink(series.ink), series.dash);
}

std::string curve(const EpochSeries& series, const Scale& x, const Scale& y) {
  std::string points, hover;
  for (std::size_t e = 0; e < series.values.size(); ++e) {
    const double value = series.values[e];
    if (!std::isfinite(value)) continue;
    const double right = x(static_cast<double>(e + 1)), down = y(value);
    points += fmt::format("{}{:.1f},{:.1f}", points.empty() ? "" : " ", right, down);
    hover += fmt::format(
        "<circle class=\"b{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\" fill=\"{}\"><title>epoch {}: "
        "{} {:.4f}</title></circle>\n",
        series.ink, right, down, ink(series.ink), e + 1, escaped(series.name), value);
  }
  return fmt::format("<polyline {} points=\"{}\"/>\n{}", stroke(series), points, hover);
}

std::string legend(const EpochSeries& series, double at) {
  const double left = kWidth - kRight + 12;
  return fmt::format(
      "<path {} d=\"M{} {}h26\"/><text class=\"ink\" fill=\"#111\" x=\"{}\" y=\"{}\">{}</text>\n",
      stroke(series), px(left), px(at), px(left + 32), px(at + 4), escaped(series.legend));
}

}  // namespace

std::string epoch_chart(std::span<const EpochPanel> panels, std::int64_t last,
                        const std::string& title) {
  const double height = kTop + static_cast<double>(panels.size()) * (kPanel + kGap) - kGap + 50;
  const auto end = static_cast<double>(std::max<std::int64_t>(last, 2));
  std::string svg = open_chart(kWidth, height, "Curves over the epochs", title);
  double top = kTop;
  for (const EpochPanel& panel : panels) {
    const bool lowest = &panel == &panels.back();
    const Axis x{{1, end, kLeft, kWidth - kRight},
                 std::ceil(nice_step(end - 1, kMostTicks)),
                 lowest ? "epoch" : "",
                 lowest};
    const Axis y{{panel.bottom, panel.top, top + kPanel, top},
                 nice_step(panel.top - panel.bottom, kMostLines),
                 escaped(panel.title)};
    svg += draw_axes(x, y);
    for (const EpochSeries& series : panel.series) svg += curve(series, x.scale, y.scale);
    double line = top + 16;
    for (const EpochSeries& series : panel.series) {
      if (series.legend.empty()) continue;
      svg += legend(series, line);
      line += 20;
    }
    top += kPanel + kGap;
  }
  return svg + "</svg>\n";
}

std::pair<double, double> axis_for(std::span<const double> values) {
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    least = std::min(least, value);
    most = std::max(most, value);
  }
  if (!(least <= most)) return {0, 1};
  const double step = nice_step(std::max({most - least, std::abs(most) * 1e-3, 1e-9}), kMostLines);
  return {std::floor(least / step) * step, (std::floor(most / step) + 1) * step};
}

}  // namespace certify
