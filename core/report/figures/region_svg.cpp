#include "core/report/figures/region_svg.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/report/figures/axes.h"

namespace certify {
namespace {

constexpr double kSize = 480, kTop = 48, kMost = 4;         // px, px, balls
constexpr double kPlotMargin = kSize / 2 * (1 - 1 / 1.08);  // px, around the largest radius shown

double largest_shown(const RegionPicture& picture) {
  double largest = picture.ball;
  for (const PolarPoint& point : picture.boundary) largest = std::max(largest, point.radius);
  return std::min(largest, kMost * picture.ball);
}

std::string outline(const RegionPicture& picture, const Scale& x, const Scale& y) {
  std::string path;
  const auto add = [&](const PolarPoint& point, double side) {
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L",
                        x(point.radius * std::cos(point.angle)),
                        y(side * point.radius * std::sin(point.angle)));
  };
  for (const PolarPoint& point : picture.boundary) add(point, 1);
  for (auto point = picture.boundary.rbegin(); point != picture.boundary.rend(); ++point) {
    add(*point, -1);
  }
  return path + "Z";
}

}  // namespace

std::string region_svg(const RegionPicture& picture) {
  if (picture.boundary.size() < 2 || !(picture.ball > 0)) {
    throw InputError("a region without points or without a ball cannot be drawn");
  }
  const double shown = largest_shown(picture);
  const Axis x{{-shown, shown, kPlotMargin, kSize - kPlotMargin},
               nice_step(2 * shown, 8),
               "along the gradient →"};
  const Axis y{{-shown, shown, kTop + kSize - kPlotMargin, kTop + kPlotMargin}, x.step, "", false};
  const bool endless =
      std::any_of(picture.boundary.begin(), picture.boundary.end(),
                  [&](const PolarPoint& point) { return point.radius >= picture.limit; });
  std::string out =
      open_chart(kSize, kSize + kTop + 86, "Certified region", picture.title) + draw_axes(x, y);
  // Half a line wider than the scales, so that the farthest point is seen.
  out += fmt::format(
      "<clipPath id=\"frame\"><rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{2}\"/></clipPath>\n"
      "<g clip-path=\"url(#frame)\"><path class=\"c0 b0\" d=\"{3}\" fill=\"{4}\" "
      "fill-opacity=\".12\" stroke=\"{4}\" stroke-width=\"2\"/>\n",
      px(kPlotMargin - 1), px(kTop + kPlotMargin - 1), px(kSize - 2 * kPlotMargin + 2),
      outline(picture, x.scale, y.scale), ink(0));
  out += fmt::format(
      "<circle class=\"c1\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"none\" "
      "stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"9 4\"/></g>\n",
      x.scale(0), y.scale(0), x.scale(picture.ball) - x.scale(0), ink(1));
  out += fmt::format(
      "<path class=\"axis\" d=\"M{} {}H{}M{} {}V{}\" stroke=\"#8b949e\" stroke-width=\".7\"/>\n",
      px(x.scale.from), px(y.scale(0)), px(x.scale.to), px(x.scale(0)), px(y.scale.to),
      px(y.scale.from));
  out += fmt::format(
      "<text class=\"ink\" x=\"10\" y=\"{}\" fill=\"#111\">— region{}; largest radius shown "
      "{:.3g}</text>\n<text class=\"ink\" x=\"10\" y=\"{}\" fill=\"#111\">- - ball without the "
      "gradient: {:.3g} (units of the [0,1] input)</text>\n</svg>\n",
      kSize + kTop + 50, endless ? fmt::format(", followed up to {:.3g}", picture.limit) : "",
      shown, kSize + kTop + 72, picture.ball);
  return out;
}

}  // namespace certify
