#include "core/report/figures/axes.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

struct Ink {
  const char *light, *dark;
};

// Hues of Okabe & Ito, darkened and lightened to a contrast of at least 3:1 to their panel.
constexpr std::array<Ink, kInkCount> kInks{{{"#0072b2", "#56b4e9"},
                                            {"#d55e00", "#f0924f"},
                                            {"#009e73", "#3ccba2"},
                                            {"#a0468c", "#e08fc8"},
                                            {"#8a6a00", "#e6c84a"},
                                            {"#333333", "#d8dce2"}}};

constexpr const char* kStyle = R"(<style>
.certify-chart .strip:hover{fill-opacity:.1}
@media (prefers-color-scheme:dark){
.certify-chart .panel{fill:#14171c}.certify-chart .ink{fill:#e8eaed}
.certify-chart .mute{fill:#a3abb6}.certify-chart .grid{stroke:#2b3139}
.certify-chart .axis{stroke:#8b949e}.certify-chart .strip{fill:#fff}
)";

/// The <style> element. The light colours are attributes of the elements, which every program
/// understands; it holds only what attributes cannot say.
std::string chart_style() {
  std::string style = kStyle;
  for (std::size_t i = 0; i < kInks.size(); ++i) {
    style += fmt::format(".certify-chart .c{0}{{stroke:{1}}}.certify-chart .b{0}{{fill:{1}}}", i,
                         kInks[i].dark);
  }
  return style + "\n}\n</style>\n";
}

/// Numbers beyond what six decimals show (steps below 1e-5, values above 1e6) get an exponent.
std::vector<std::string> tick_labels(const Axis& axis, const std::vector<double>& ticks) {
  if (axis.step >= 1e-5 && std::max(axis.scale.high, -axis.scale.low) < 1e6) {
    return aligned_decimals(ticks);
  }
  std::vector<std::string> labels;
  for (const double tick : ticks) labels.push_back(fmt::format("{:.3g}", tick));
  return labels;
}

}  // namespace

const char* ink(std::size_t i) { return kInks[i % kInks.size()].light; }

double nice_step(double range, int parts) {
  const double rough = range / parts;
  const double magnitude = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.5, 5.0}) {
    if (factor * magnitude >= rough) return factor * magnitude;
  }
  return 10 * magnitude;
}

std::vector<double> multiples_of(double step, const Scale& scale) {
  std::vector<double> out;
  for (double i = std::ceil(scale.low / step); i * step <= scale.high; ++i) {
    out.push_back(i * step + 0.0);
  }
  return out;
}

std::string draw_axes(const Axis& x, const Axis& y) {
  const double left = x.scale.from, right = x.scale.to, bottom = y.scale.from, top = y.scale.to;
  const std::vector<double> along = multiples_of(x.step, x.scale);
  const std::vector<double> up = multiples_of(y.step, y.scale);
  const std::vector<std::string> along_labels = tick_labels(x, along),
                                 up_labels = tick_labels(y, up);
  std::string grid, labels;
  for (std::size_t i = 0; i < along.size(); ++i) {
    const std::string at = px(x.scale(along[i]));
    grid += fmt::format("<path d=\"M{} {}V{}\"/>\n", at, px(top), px(bottom));
    if (!x.labelled) continue;
    labels += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", at,
                          px(bottom + 18), along_labels[i]);
  }
  for (std::size_t i = 0; i < up.size(); ++i) {
    const double at = y.scale(up[i]);
    grid += fmt::format("<path d=\"M{} {}H{}\"/>\n", px(left), px(at), px(right));
    if (!y.labelled) continue;
    labels += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", px(left - 8),
                          px(at + 4), up_labels[i]);
  }
  return fmt::format(
      "<g class=\"grid\" stroke=\"#e3e6ea\">\n{}</g>\n<g class=\"mute\" fill=\"#4a5058\" "
      "font-size=\"12\">\n{}</g>\n<path class=\"axis\" d=\"M{} {}V{}H{}\" fill=\"none\" "
      "stroke=\"#4a5058\"/>\n<g class=\"ink\" fill=\"#111\" text-anchor=\"middle\">\n<text "
      "x=\"{}\" y=\"{}\">{}</text>\n<text transform=\"translate({} {}) rotate(-90)\">{}</text>\n"
      "</g>\n",
      grid, labels, px(left), px(top), px(bottom), px(right), px((left + right) / 2),
      px(bottom + 40), x.name, px(left - 41), px((bottom + top) / 2), y.name);
}

std::string axis_name(std::string_view label) {
  constexpr std::string_view kNorm = "ℓ";
  const std::size_t end = label.find(' ');
  if (!label.starts_with(kNorm) || end == std::string_view::npos) return escaped(label);
  // Not baseline-shift, which browsers leave out, nor U+2082, which fonts leave out.
  return fmt::format(
      "ℓ<tspan dy=\"3\" font-size=\"9.5\">{}</tspan><tspan dx=\"4\" dy=\"-3\">{}</tspan>",
      escaped(label.substr(kNorm.size(), end - kNorm.size())), escaped(label.substr(end + 1)));
}

void check_chart_width(int width) {
  if (width < 320 || width > 4000) {
    throw InputError("a chart {} px wide: expected 320 to 4000", width);
  }
}

std::string open_chart(double width, double height, std::string_view about,
                       const std::string& title) {
  std::string out = fmt::format(
      "<svg class=\"certify-chart\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" "
      "width=\"{0}\" height=\"{1}\" role=\"img\" aria-label=\"{2}\" font-family=\"system-ui, "
      "-apple-system, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif\" "
      "font-size=\"13\">\n{3}<rect class=\"panel\" width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n",
      px(width), px(height),
      escaped(fmt::format("{}{}{}", about, title.empty() ? "" : ": ", title)), chart_style());
  if (title.empty()) return out;
  const auto fits = static_cast<std::size_t>((width - 40) / (kCharWidth * 1.15));
  return out + fmt::format(
                   "<text class=\"ink\" x=\"{}\" y=\"26\" font-size=\"15\" font-weight=\"600\" "
                   "text-anchor=\"middle\" fill=\"#111\">{}<title>{}</title></text>\n",
                   px(width / 2), escaped(shortened(title, fits)), escaped(title));
}

std::string px(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

}  // namespace certify
