#include "core/report/figures/svg.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/curves/certified_accuracy.h"
#include "core/report/figures/axes.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

constexpr double kLeft = 58, kRight = 20;
constexpr double kLineHeight = 21;   // of title and legend
constexpr double kSampleWidth = 34;  // of the line in front of a legend's name
constexpr int kHoverParts = 5;       // hover strips between two ticks
constexpr double kParts = 4;         // of a pixel: the least that a step of a curve is wide

constexpr std::array<const char*, 6> kDashes{"",           "9 4", "3 2.5",
                                             "11 3 2.5 3", "5 3", "14 3 2.5 3 2.5 3"};

struct ChartCurve {
  CertifiedAccuracy accuracy;
  std::string name;   ///< short
  std::string facts;  ///< beside the name
  bool attack;
  std::optional<AccuracyBand> band;
  std::size_t ink;   ///< N of the classes cN and bN
  std::string dash;  ///< stroke-dasharray; empty for a solid line
};

/// What a legend says of a log: nothing where its rows are no images.
std::string facts_of(const RadiusLog& log, const CertifiedAccuracy& curve, Rounding rounding) {
  if (!log.of_images) return "";
  const std::string images = fmt::format("{} images, ", curve.images());
  if (log.attack) return images + "no certificate";
  if (log.measure == Measure::kLogArea) {
    return images + fmt::format("mean {:.1f}", curve.average_radius());
  }
  return images + mean_name(log) + " " + rounded_share(curve.average_radius(), rounding);
}

/// @param rho  of the bands; 0 for none
std::vector<ChartCurve> style_curves(std::span<const RadiusLog> logs, double rho,
                                     Rounding rounding) {
  const std::vector<std::string> names = short_names(logs);
  std::vector<ChartCurve> curves;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    // Colours repeat after six curves; then the dashes have moved on by one.
    const std::size_t dash = (i + i / kInkCount) % kDashes.size();
    CertifiedAccuracy accuracy(logs[i]);
    std::string facts = facts_of(logs[i], accuracy, rounding);
    curves.push_back({std::move(accuracy), names[i], std::move(facts), logs[i].attack, std::nullopt,
                      i % kInkCount, kDashes[dash]});
    ChartCurve& curve = curves.back();
    if (rho > 0 && has_band(logs[i])) curve.band.emplace(curve.accuracy, logs[i].alpha, rho);
  }
  return curves;
}

class Chart {
 public:
  Chart(std::span<const RadiusLog> logs, const ChartOptions& options)
      : options_(options),
        curves_(style_curves(logs, options.rho, options.rounding)),
        width_(options.width),
        value_(value_name(logs.front())) {
    areas_ = curves_.front().accuracy.measure() == Measure::kLogArea;
    x_.scale = areas_ ? range_of_areas() : range_of_radii();
    top_ = options_.title.empty() ? 16 : 20 + kLineHeight;
    const double plot_width = width_ - kLeft - kRight;
    plot_height_ = std::clamp(plot_width * 0.55, 200.0, 380.0);
    x_.scale.from = kLeft;
    x_.scale.to = width_ - kRight;
    x_.step = nice_step(x_.scale.high - x_.scale.low, narrow() ? 5 : 9);
    x_.name = axis_name(options_.x_label);
    y_ = {.scale = {.low = 0, .high = 1, .from = top_ + plot_height_, .to = top_},
          .step = 0.2,
          .name = escaped(options_.y_label)};
  }

  std::string draw() {
    out_ = open_chart(width_, height(), fmt::format("Certified accuracy against {}", value_),
                      options_.title) +
           draw_axes(x_, y_);
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

  Scale range_of_radii() const {
    double largest = 0;
    for (const ChartCurve& curve : curves_) {
      largest = std::max(largest, curve.accuracy.largest_radius());
    }
    return {.low = 0, .high = largest > 0 ? largest * 1.04 : 1};
  }

  /// Logarithms have no natural zero: from the smallest area to the largest.
  Scale range_of_areas() const {
    bool any = false;
    double low = 0, high = 1;
    for (const ChartCurve& curve : curves_) {
      const CertifiedAccuracy& accuracy = curve.accuracy;
      if (accuracy.correct() == 0) continue;
      low = any ? std::min(low, accuracy.smallest_radius()) : accuracy.smallest_radius();
      high = any ? std::max(high, accuracy.largest_radius()) : accuracy.largest_radius();
      any = true;
    }
    const double margin = std::max(0.04 * (high - low), 1e-3 * (1 + std::abs(high)));
    return {.low = low - margin, .high = high + margin};
  }

  double x(double radius) const { return x_.scale(std::max(radius, x_.scale.low)); }
  double y(double accuracy) const { return y_.scale(accuracy); }
  bool narrow() const { return is_narrow(width_); }
  double legend_pitch() const { return narrow() ? kLineHeight + 17 : kLineHeight; }
  double legend_top() const { return top_ + plot_height_ + 64; }
  double height() const {
    return legend_top() + legend_pitch() * static_cast<double>(curves_.size()) - 6;
  }
  std::string stroke(const ChartCurve& curve) const {
    return fmt::format(
        "class=\"c{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{}", curve.ink,
        ink(curve.ink), curve.attack ? "1.2" : "2",
        curve.dash.empty() ? "" : fmt::format(" stroke-dasharray=\"{}\"", curve.dash));
  }

  /// Down the stairs: each step is held up to its radius, then falls to the next accuracy. Steps
  /// that end in the same fraction of a pixel are drawn as one, so that 50,000 images stay a small
  /// file. What an attack did beyond its last success is not known, so its curve does not fall.
  std::string stairs(const std::vector<CurveStep>& steps, bool falls) const {
    std::string level = px(y(steps.front().accuracy));
    std::string path = fmt::format("M{} {}", px(kLeft), level);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const bool last = i + 1 == steps.size();
      const double end = x(steps[i].radius);
      if (!last && std::floor(x(steps[i + 1].radius) * kParts) == std::floor(end * kParts))
        continue;
      std::string next = last && !falls ? level : px(y(last ? 0 : steps[i + 1].accuracy));
      if (!last && next == level) continue;
      path += fmt::format("H{}V{}", px(end), next);
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
      path += fmt::format("H{}V{}", px(x(lower[i].radius)), px(y(lower[i].accuracy)));
    }
    put("<path class=\"b{}\" fill=\"{}\" fill-opacity=\"0.22\" d=\"{}H{}Z\"/>\n", curve.ink,
        ink(curve.ink), path, px(kLeft));
  }

  /// Invisible columns that tell every curve's value at their radius, even where curves overlap.
  void draw_hover_strips() {
    const double step = x_.step / kHoverParts;
    put("<g fill=\"#000\">\n");
    for (const double r : multiples_of(step, x_.scale)) {
      const double from = std::max(x(r - step / 2), kLeft);
      const double to = std::min(x(r + step / 2), width_ - kRight);
      put("<rect class=\"strip\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
          "fill-opacity=\"0\"><title>{} {:.{}g}",
          px(from), px(top_), px(to - from), px(plot_height_), escaped(value_), r, areas_ ? 7 : 4);
      for (const ChartCurve& curve : curves_) {
        put("\n{}{}  {}",
            rounded_share(curve.accuracy.certified(r), curve.accuracy.images(), options_.rounding),
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
    const double names_from = kLeft + kSampleWidth + 10;
    const double facts_room =
        narrow() ? 0 : static_cast<double>(display_width(curve.facts)) * kCharWidth;
    const auto fits =
        static_cast<std::size_t>((width_ - 12 - names_from - facts_room) / kCharWidth);
    put("<path {} d=\"M{} {}h{}\"/>\n", stroke(curve), px(kLeft), px(line - 4.5), px(kSampleWidth));
    put("<text class=\"ink\" x=\"{}\" y=\"{}\" fill=\"#111\">{}<title>{}</title></text>\n",
        px(names_from), px(line), escaped(shortened(curve.name, fits)), escaped(curve.name));
    put("<text class=\"mute\" x=\"{}\" y=\"{}\" text-anchor=\"{}\" font-size=\"12\" "
        "fill=\"#4a5058\">{}</text>\n",
        px(narrow() ? names_from : width_ - kRight), px(narrow() ? line + 16 : line),
        narrow() ? "start" : "end", escaped(curve.facts));
  }

  const ChartOptions& options_;
  std::vector<ChartCurve> curves_;
  bool areas_ = false;
  double width_;
  std::string value_;  ///< what the axis shows, in a word or two
  double top_ = 0, plot_height_ = 0;
  Axis x_, y_;
  std::string out_;
};

}  // namespace

std::string curve_svg(std::span<const RadiusLog> logs, const ChartOptions& options) {
  if (logs.empty()) throw InputError("a chart of no logs");
  check_chart_width(options.width);
  return Chart(logs, options).draw();
}

}  // namespace certify
