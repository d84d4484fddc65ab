#include "core/report/figures/region_svg.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

constexpr double kSize = 480, kTop = 48, kMost = 4;  // px, px, balls

constexpr const char* kStyle = R"(<style>
@media (prefers-color-scheme:dark){
.panel{fill:#14171c}.ink{fill:#e8eaed}.mute{fill:#a3abb6}.axis{stroke:#8b949e}
.region{stroke:#56b4e9;fill:#56b4e9}.ball{stroke:#f0924f}}
</style>
)";

/// Where a length in the picture's own unit lies, in px.
struct Frame {
  double extent;
  double x(double along) const { return kSize / 2 * (1 + along / extent); }
  double y(double across) const { return kTop + kSize / 2 * (1 - across / extent); }
};

double extent_of(const RegionPicture& picture) {
  double largest = picture.ball;
  for (const PolarPoint& point : picture.boundary) largest = std::max(largest, point.radius);
  return 1.08 * std::min(largest, kMost * picture.ball);
}

std::string outline(const RegionPicture& picture, const Frame& frame) {
  std::string path;
  const auto add = [&](const PolarPoint& point, double side) {
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L",
                        frame.x(point.radius * std::cos(point.angle)),
                        frame.y(side * point.radius * std::sin(point.angle)));
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
  const Frame frame{extent_of(picture)};
  const bool endless =
      std::any_of(picture.boundary.begin(), picture.boundary.end(),
                  [&](const PolarPoint& point) { return point.radius >= picture.limit; });
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\" aria-label=\"{2}\" font-family=\"system-ui, -apple-system, "
      "'Segoe UI', 'DejaVu Sans', Arial, sans-serif\" font-size=\"13\">\n",
      kSize, kSize + kTop + 64, escaped("Certified region: " + picture.title));
  out += kStyle;
  out += fmt::format(
      "<rect class=\"panel\" width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n<clipPath id=\"frame\">"
      "<rect y=\"{2}\" width=\"{0}\" height=\"{0}\"/></clipPath>\n<text class=\"ink\" x=\"{3}\" "
      "y=\"28\" text-anchor=\"middle\" font-weight=\"600\" fill=\"#111\">{4}</text>\n",
      kSize, kSize + kTop + 64, kTop, kSize / 2, escaped(shortened(picture.title, 62)));
  out += fmt::format(
      "<g clip-path=\"url(#frame)\"><path class=\"region\" d=\"{}\" fill=\"#0072b2\" "
      "fill-opacity=\".12\" stroke=\"#0072b2\" stroke-width=\"2\"/>\n",
      outline(picture, frame));
  out += fmt::format(
      "<circle class=\"ball\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"none\" "
      "stroke=\"#d55e00\" stroke-width=\"2\" stroke-dasharray=\"9 4\"/></g>\n",
      frame.x(0), frame.y(0), frame.x(picture.ball) - frame.x(0));
  out += fmt::format(
      "<path class=\"axis\" d=\"M0 {:.1f}H{}M{:.1f} {}v{}\" stroke=\"#8b949e\" "
      "stroke-width=\".7\"/>\n<text class=\"mute\" x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\" "
      "font-size=\"12\" fill=\"#4a5058\">gradient →</text>\n",
      frame.y(0), kSize, frame.x(0), kTop, kSize, kSize - 6, frame.y(0) - 6);
  out += fmt::format(
      "<text class=\"ink\" x=\"10\" y=\"{}\" fill=\"#111\">— region{}; largest radius shown "
      "{:.3g}</text>\n<text class=\"ink\" x=\"10\" y=\"{}\" fill=\"#111\">- - ball without the "
      "gradient: {:.3g} (units of the [0,1] input)</text>\n</svg>\n",
      kSize + kTop + 24, endless ? fmt::format(", followed up to {:.3g}", picture.limit) : "",
      frame.extent / 1.08, kSize + kTop + 46, picture.ball);
  return out;
}

}  // namespace certify
