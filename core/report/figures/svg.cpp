#include "core/report/figures/svg.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/report/figures/svg_style.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

constexpr double kLeft = 58, kRight = 20;
constexpr double kLineHeight = 21;   // of title and legend
constexpr double kCharWidth = 7;     // a generous mean of 13 px text: names are shortened to fit
constexpr double kSampleWidth = 34;  // of the line in front of a legend's name
constexpr int kHoverParts = 5;       // hover strips between two ticks
constexpr double kParts = 4;         // of a pixel: the least that a step of a curve is wide

std::string number(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

/// The smallest of 1, 2.5, 5 times a power of ten that cuts `range` into at most `parts`.
double nice_step(double range, int parts) {
  const double rough = range / parts;
  const double magnitude = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.5, 5.0}) {
    if (factor * magnitude >= rough) return factor * magnitude;
  }
  return 10 * magnitude;
}

class Chart {
 public:
  Chart(std::span<const RadiusLog> logs, const ChartOptions& options)
      : options_(options), curves_(style_curves(logs, options.rho)), width_(options.width) {
    areas_ = curves_.front().accuracy.measure() == Measure::kLogArea;
    areas_ ? range_of_areas() : range_of_radii();
    tick_ = nice_step(x_max_ - x_min_, narrow() ? 5 : 9);
    top_ = options_.title.empty() ? 16 : 20 + kLineHeight;
    plot_width_ = width_ - kLeft - kRight;
    plot_height_ = std::clamp(plot_width_ * 0.55, 200.0, 380.0);
  }

  std::string draw() {
    open();
    draw_title();
    draw_grid();
    draw_axes();
    for (const ChartCurve& curve : curves_) draw_band(curve);
    for (const ChartCurve& curve : curves_) draw_curve(curve);
    draw_hover_strips();
    draw_legend();
    return out_ + "</svg>\n";
  }

 private:
  template <class... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  void range_of_radii() {
    double largest = 0;
    for (const ChartCurve& curve : curves_) {
      largest = std::max(largest, curve.accuracy.largest_radius());
    }
    x_max_ = largest > 0 ? largest * 1.04 : 1;
  }

  /// Logarithms have no natural zero: from the smallest area to the largest.
  void range_of_areas() {
    bool any = false;
    for (const ChartCurve& curve : curves_) {
      const CertifiedAccuracy& accuracy = curve.accuracy;
      if (accuracy.correct() == 0) continue;
      x_min_ = any ? std::min(x_min_, accuracy.smallest_radius()) : accuracy.smallest_radius();
      x_max_ = any ? std::max(x_max_, accuracy.largest_radius()) : accuracy.largest_radius();
      any = true;
    }
    const double margin = std::max(0.04 * (x_max_ - x_min_), 1e-3 * (1 + std::abs(x_max_)));
    x_min_ -= margin;
    x_max_ += margin;
  }

  double x(double radius) const {
    return kLeft + (std::max(radius, x_min_) - x_min_) / (x_max_ - x_min_) * plot_width_;
  }
  double y(double accuracy) const { return top_ + (1 - accuracy) * plot_height_; }
  bool narrow() const { return width_ < 500; }
  double legend_pitch() const { return narrow() ? kLineHeight + 17 : kLineHeight; }
  double legend_top() const { return top_ + plot_height_ + 64; }
  double height() const {
    return legend_top() + legend_pitch() * static_cast<double>(curves_.size()) - 6;
  }
  /// The radii 0, step, 2·step, … on the axis, each computed anew so that none drifts.
  std::vector<double> radii(double step) const {
    std::vector<double> out;
    for (double i = std::ceil(x_min_ / step); i * step <= x_max_; ++i)
      out.push_back(i * step + 0.0);
    return out;
  }

  void open() {
    put("<svg class=\"certify-chart\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" "
        "width=\"{}\" height=\"{}\" role=\"img\" aria-label=\"{}\" font-family=\"system-ui, "
        "-apple-system, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif\" "
        "font-size=\"13\">\n",
        number(width_), number(height()), number(width_), number(height()),
        escaped(fmt::format("Certified accuracy against {}", areas_ ? "log area" : "radius") +
                (options_.title.empty() ? "" : ": " + options_.title)));
    out_ += chart_style();
    put("<rect class=\"panel\" width=\"{}\" height=\"{}\" fill=\"#fff\"/>\n", number(width_),
        number(height()));
  }

  void draw_title() {
    if (options_.title.empty()) return;
    const auto fits = static_cast<std::size_t>((width_ - 40) / (kCharWidth * 1.15));
    put("<text class=\"ink\" x=\"{}\" y=\"26\" font-size=\"15\" font-weight=\"600\" "
        "text-anchor=\"middle\" fill=\"#111\">{}<title>{}</title></text>\n",
        number(width_ / 2), escaped(shortened(options_.title, fits)), escaped(options_.title));
  }

  void draw_grid() {
    put("<g class=\"grid\" stroke=\"#e3e6ea\" stroke-width=\"1\">\n");
    for (const double r : radii(tick_)) {
      put("<path d=\"M{} {}V{}\"/>\n", number(x(r)), number(y(1)), number(y(0)));
    }
    for (int i = 1; i <= 5; ++i) {
      put("<path d=\"M{} {}H{}\"/>\n", number(kLeft), number(y(i / 5.0)), number(width_ - kRight));
    }
    put("</g>\n");
  }

  void draw_axes() {
    put("<g class=\"mute\" fill=\"#4a5058\" font-size=\"12\">\n");
    const std::vector<double> ticks = radii(tick_);
    const std::vector<std::string> labels = tick_labels(ticks);
    for (std::size_t i = 0; i < ticks.size(); ++i) {
      put("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", number(x(ticks[i])),
          number(y(0) + 18), labels[i]);
    }
    for (int i = 0; i <= 5; ++i) {
      put("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{:.1f}</text>\n", number(kLeft - 8),
          number(y(i / 5.0) + 4), i / 5.0);
    }
    put("</g>\n<path class=\"axis\" d=\"M{} {}V{}H{}\" fill=\"none\" stroke=\"#4a5058\"/>\n",
        number(kLeft), number(y(1)), number(y(0)), number(width_ - kRight));
    put("<text class=\"ink\" x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"#111\">{}</text>\n",
        number(kLeft + plot_width_ / 2), number(y(0) + 40), x_label());
    put("<text class=\"ink\" transform=\"translate(17 {}) rotate(-90)\" text-anchor=\"middle\" "
        "fill=\"#111\">{}</text>\n",
        number(y(0.5)), escaped(options_.y_label));
  }

  /// Axes beyond what six decimals show (radii below 1e-5, above 1e6) get an exponent.
  std::vector<std::string> tick_labels(const std::vector<double>& ticks) const {
    if (tick_ >= 1e-5 && std::max(x_max_, -x_min_) < 1e6) return aligned_decimals(ticks);
    std::vector<std::string> labels;
    for (const double r : ticks) labels.push_back(fmt::format("{:.3g}", r));
    return labels;
  }

  std::string x_label() const {
    const std::string& label = options_.x_label;
    constexpr std::string_view kNorm = "ℓ";
    const std::size_t end = label.find(' ');
    if (!label.starts_with(kNorm) || end == std::string::npos) return escaped(label);
    // Not baseline-shift, which browsers leave out, nor U+2082, which fonts leave out.
    return fmt::format(
        "ℓ<tspan dy=\"3\" font-size=\"9.5\">{}</tspan><tspan dx=\"4\" dy=\"-3\">{}</tspan>",
        escaped(label.substr(kNorm.size(), end - kNorm.size())), escaped(label.substr(end + 1)));
  }

  std::string stroke(const ChartCurve& curve) const {
    return fmt::format(
        "class=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{}", curve.ink_class,
        curve.ink, curve.attack ? "1.2" : "2",
        curve.dash.empty() ? "" : fmt::format(" stroke-dasharray=\"{}\"", curve.dash));
  }

  /// Down the stairs: each step is held up to its radius, then falls to the next accuracy. Steps
  /// that end in the same fraction of a pixel are drawn as one, so that 50,000 images stay a small
  /// file. What an attack did beyond its last success is not known, so its curve does not fall.
  std::string stairs(const std::vector<CurveStep>& steps, bool falls) const {
    std::string level = number(y(steps.front().accuracy));
    std::string path = fmt::format("M{} {}", number(kLeft), level);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const bool last = i + 1 == steps.size();
      const double end = x(steps[i].radius);
      if (!last && std::floor(x(steps[i + 1].radius) * kParts) == std::floor(end * kParts))
        continue;
      std::string next = last && !falls ? level : number(y(last ? 0 : steps[i + 1].accuracy));
      if (!last && next == level) continue;
      path += fmt::format("H{}V{}", number(end), next);
      level = std::move(next);
    }
    return path;
  }

  void draw_curve(const ChartCurve& curve) {
    put("<path {} d=\"{}\"/>\n", stroke(curve), stairs(curve.accuracy.steps(), !curve.attack));
  }

  /// Between the curve and its bound: out along one's stairs, back along the other's.
  void draw_band(const ChartCurve& curve) {
    if (!curve.band) return;
    std::string path = stairs(curve.accuracy.steps(), true);
    const std::vector<CurveStep>& lower = curve.band->steps();
    for (std::size_t i = lower.size(); i-- > 0;) {
      path += fmt::format("H{}V{}", number(x(lower[i].radius)), number(y(lower[i].accuracy)));
    }
    put("<path class=\"{}\" fill=\"{}\" fill-opacity=\"0.22\" d=\"{}Z\"/>\n",
        "b" + curve.ink_class.substr(1), curve.ink, path + fmt::format("H{}", number(kLeft)));
  }

  /// Invisible columns that tell every curve's value at their radius, even where curves overlap.
  void draw_hover_strips() {
    const double step = tick_ / kHoverParts;
    put("<g fill=\"#000\">\n");
    for (const double r : radii(step)) {
      const double from = std::max(x(r - step / 2), kLeft);
      const double to = std::min(x(r + step / 2), width_ - kRight);
      put("<rect class=\"strip\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
          "fill-opacity=\"0\"><title>{} {:.{}g}",
          number(from), number(top_), number(to - from), number(plot_height_),
          areas_ ? "log area" : "radius", r, areas_ ? 7 : 4);
      for (const ChartCurve& curve : curves_) {
        put("\n{}{}  {}", share_rounded_down(curve.accuracy.certified(r), curve.accuracy.images()),
            curve.band ? fmt::format(" (≥ {})", share_rounded_down(curve.band->at(r))) : "",
            escaped(curve.name));
      }
      put("</title></rect>\n");
    }
    put("</g>\n");
  }

  /// Name and facts of a curve share a line where there is room.
  void draw_legend() {
    for (std::size_t i = 0; i < curves_.size(); ++i) {
      draw_legend_entry(curves_[i], legend_top() + legend_pitch() * static_cast<double>(i));
    }
  }

  void draw_legend_entry(const ChartCurve& curve, double line) {
    const std::string facts =
        fmt::format("{} images{}", curve.accuracy.images(),
                    curve.attack ? ", no certificate"
                    : areas_     ? fmt::format(", mean {:.1f}", curve.accuracy.average_radius())
                                 : ", ACR " + share_rounded_down(curve.accuracy.average_radius()));
    const double names_from = kLeft + kSampleWidth + 10;
    const double facts_room = narrow() ? 0 : static_cast<double>(facts.size()) * kCharWidth;
    const auto fits =
        static_cast<std::size_t>((width_ - 12 - names_from - facts_room) / kCharWidth);
    put("<path {} d=\"M{} {}h{}\"/>\n", stroke(curve), number(kLeft), number(line - 4.5),
        number(kSampleWidth));
    put("<text class=\"ink\" x=\"{}\" y=\"{}\" fill=\"#111\">{}<title>{}</title></text>\n",
        number(names_from), number(line), escaped(shortened(curve.name, fits)),
        escaped(curve.name));
    put("<text class=\"mute\" x=\"{}\" y=\"{}\" text-anchor=\"{}\" font-size=\"12\" "
        "fill=\"#4a5058\">{}</text>\n",
        number(narrow() ? names_from : width_ - kRight), number(narrow() ? line + 16 : line),
        narrow() ? "start" : "end", facts);
  }

  const ChartOptions& options_;
  std::vector<ChartCurve> curves_;
  bool areas_ = false;
  double width_, x_min_ = 0, x_max_ = 1, tick_ = 1, top_ = 0, plot_width_ = 0, plot_height_ = 0;
  std::string out_;
};

}  // namespace

std::string label_of_log_area(std::string_view column) {
  return column == "log_volume" ? "ln of the certified volume"
                                : "log certified area O_CA = Σ ln σᵢ + D ln R";
}

std::string curve_svg(std::span<const RadiusLog> logs, const ChartOptions& options) {
  if (logs.empty()) throw InputError("a chart of no logs");
  if (options.width < 320 || options.width > 4000) {
    throw InputError(fmt::format("a chart {} px wide: expected 320 to 4000", options.width));
  }
  return Chart(logs, options).draw();
}

}  // namespace certify
