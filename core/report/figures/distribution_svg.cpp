#include "core/report/figures/distribution_svg.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/curves/distribution.h"
#include "core/report/figures/axes.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

constexpr double kMarginLeft = 58, kMarginRight = 20;
constexpr double kBetweenColumns = 56;  // for the numbers of the right column
constexpr double kTextLine = 22;        // of title, legend and names
constexpr double kTickRoom = 30, kAxisNameRoom = 30;
constexpr double kNoneRoom = 48;  // before the zero of radii, for images without one
constexpr double kBarGap = 0.5;   // on each side of a bar
constexpr double kThinnest = 1;   // bar that is still seen

struct Outcome {
  const char* name;
  std::int64_t Outcomes::*count;
  std::size_t ink;
  double opacity;
};
constexpr std::array<Outcome, 3> kOutcomes{{{"correct", &Outcomes::correct, 0, 1},
                                            {"wrong", &Outcomes::wrong, 1, 1},
                                            {"abstained", &Outcomes::abstained, 5, 0.4}}};

std::string paint(const Outcome& outcome) {
  return fmt::format(
      "class=\"b{}\" fill=\"{}\"{}", outcome.ink, ink(outcome.ink),
      outcome.opacity < 1 ? fmt::format(" fill-opacity=\"{}\"", outcome.opacity) : "");
}

/// What the panels of one column have in common.
struct Column {
  std::string x_name, what;  ///< SVG text; in front of a bin on hover
  double high = 1;           ///< where the last bin ends; the first one begins at 0
  double most = 0;           ///< the largest share of a run's images in one bin
  bool none = false;         ///< a run has images without the number

  void add(const Histogram& histogram, std::int64_t images) {
    high = histogram.edges.back();
    none |= histogram.without.images() > 0;
    std::int64_t largest = histogram.without.images();
    for (const Outcomes& bin : histogram.bins) largest = std::max(largest, bin.images());
    most = std::max(most, static_cast<double>(largest) / static_cast<double>(images));
  }
};

class DistributionChart {
 public:
  DistributionChart(std::span<const RadiusLog> logs, const ChartOptions& options)
      : options_(options),
        all_(distributions_of(logs)),
        names_(short_names(logs)),
        drawn_(std::min(all_.size(), kMostDistributions)),
        width_(options.width) {
    p_lower_ = {"p_lower (lower bound on the class)", "p_lower"};
    radius_ = {axis_name(options.x_label), escaped(value_name(logs.front()))};
    for (std::size_t i = 0; i < drawn_; ++i) {
      if (all_[i].p_lower) p_lower_.add(*all_[i].p_lower, all_[i].images);
      radius_.add(all_[i].radius, all_[i].images);
      if (all_[i].p_lower) last_p_lower_ = i;
    }
    const double columns = beside() ? 2 : 1;
    plot_width_ = (width_ - kMarginLeft - kMarginRight - (columns - 1) * kBetweenColumns) / columns;
    plot_height_ = drawn_ > 1 ? 100 : narrow() ? 140 : 190;
  }

  std::string draw() {
    y_ = options_.title.empty() ? 14 : 14 + kTextLine;
    draw_legend();
    for (std::size_t i = 0; i < drawn_; ++i) draw_run(i);
    if (drawn_ < all_.size()) {
      put("<text class=\"mute\" x=\"{}\" y=\"{}\" fill=\"#4a5058\">and {} more, not drawn</text>\n",
          px(kMarginLeft), px(y_ + 14), all_.size() - drawn_);
      y_ += kTextLine;
    }
    return open_chart(width_, y_ + 6, "Distribution of radii and of lower bounds", options_.title) +
           out_ + "</svg>\n";
  }

 private:
  template <class... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  bool narrow() const { return is_narrow(width_); }
  /// Whether p_lower and radius share a row.
  bool beside() const { return last_p_lower_ && !narrow(); }

  void draw_legend() {
    double x = kMarginLeft;
    for (const Outcome& outcome : kOutcomes) {
      put("<rect {} x=\"{}\" y=\"{}\" width=\"11\" height=\"11\"/>\n<text class=\"ink\" x=\"{}\" "
          "y=\"{}\" fill=\"#111\">{}</text>\n",
          paint(outcome), px(x), px(y_), px(x + 17), px(y_ + 10), outcome.name);
      x += 17 + kCharWidth * static_cast<double>(std::string_view(outcome.name).size()) + 18;
    }
    y_ += kTextLine + 4;
  }

  void draw_run(std::size_t i) {
    const Distribution& run = all_[i];
    if (drawn_ > 1) {
      const auto fits = static_cast<std::size_t>((width_ - kMarginLeft - 12) / kCharWidth);
      put("<text class=\"ink\" x=\"{}\" y=\"{}\" fill=\"#111\">{}<title>{}</title></text>\n",
          px(kMarginLeft), px(y_ + 12), escaped(shortened(names_[i], fits)), escaped(run.name));
      y_ += kTextLine;
    }
    // Axes have names under the last panel of a column, or under each where p_lower and radius take
    // turns in one.
    const bool turns = last_p_lower_ && narrow();
    const bool p_lower_named = turns || i == last_p_lower_, radius_named = turns || i + 1 == drawn_;
    double x = kMarginLeft;
    if (run.p_lower) {
      draw_panel(run, *run.p_lower, p_lower_, x, p_lower_named);
      if (!beside()) end_row(p_lower_named);
    }
    if (beside()) x += plot_width_ + kBetweenColumns;
    draw_panel(run, run.radius, radius_, x, radius_named);
    end_row(radius_named || (beside() && p_lower_named));
  }

  void end_row(bool named) { y_ += plot_height_ + kTickRoom + (named ? kAxisNameRoom : 0); }

  void draw_panel(const Distribution& run, const Histogram& histogram, const Column& column,
                  double left, bool named) {
    const double room = column.none ? kNoneRoom : 0, bottom = y_ + plot_height_;
    const double parts = narrow() || beside() ? 4 : 8;
    // Below zero there is as much as the bar of images without the number needs.
    const double low = -column.high * room / (plot_width_ - room);
    const Axis x{.scale = {.low = low, .high = column.high, .from = left, .to = left + plot_width_},
                 .step = nice_step(column.high, static_cast<int>(parts)),
                 .name = named ? column.x_name : ""};
    const double step = nice_step(column.most, 3);
    const Axis y{.scale = {.low = 0,
                           .high = step * std::ceil(column.most / step - 1e-9),
                           .from = bottom,
                           .to = y_},
                 .step = step,
                 .name = left == kMarginLeft ? "share of images" : ""};
    out_ += draw_axes(x, y);
    std::vector<Bar> bars;
    for (std::size_t i = 0; i < histogram.bins.size(); ++i) {
      bars.push_back(
          {histogram.bins[i], x.scale(histogram.edges[i]), x.scale(histogram.edges[i + 1]),
           fmt::format("{} {}–{}", column.what, histogram.edges[i], histogram.edges[i + 1])});
    }
    if (column.none) {
      bars.push_back(
          {histogram.without, left + 4, left + 22, fmt::format("without a {}", column.what)});
      put("<text class=\"mute\" x=\"{}\" y=\"{}\" fill=\"#4a5058\" font-size=\"12\" "
          "text-anchor=\"middle\">none</text>\n",
          px(left + 13), px(bottom + 18));
    }
    draw_bars(bars, y.scale, run.images);
    draw_strips(bars, run.name);
  }

  /// One bin between two places on the axis.
  struct Bar {
    Outcomes images;
    double from, to;
    std::string what;
  };

  /// A path for each outcome, bottom up.
  void draw_bars(const std::vector<Bar>& bars, const Scale& y, std::int64_t images) {
    std::array<std::string, kOutcomes.size()> paths;
    for (const Bar& bar : bars) {
      double bottom = y.from;
      for (std::size_t o = 0; o < kOutcomes.size(); ++o) {
        const std::int64_t count = bar.images.*kOutcomes[o].count;
        if (count == 0) continue;
        const double height = y.from - y(static_cast<double>(count) / static_cast<double>(images));
        const double top = std::max(y.to, bottom - std::max(height, kThinnest));
        paths[o] += fmt::format("M{} {}V{}H{}V{}Z", px(bar.from + kBarGap), px(bottom), px(top),
                                px(bar.to - kBarGap), px(bottom));
        bottom = top;
      }
    }
    for (std::size_t o = 0; o < kOutcomes.size(); ++o) {
      if (paths[o].empty()) continue;
      // The grid must not shine through.
      if (kOutcomes[o].opacity < 1)
        put("<path class=\"panel\" fill=\"#fff\" d=\"{}\"/>\n", paths[o]);
      put("<path {} d=\"{}\"/>\n", paint(kOutcomes[o]), paths[o]);
    }
  }

  void draw_strips(const std::vector<Bar>& bars, const std::string& run) {
    put("<g fill=\"#000\">\n");
    for (const Bar& bar : bars) {
      if (bar.images.images() == 0) continue;
      put("<rect class=\"strip\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
          "fill-opacity=\"0\"><title>{}",
          px(bar.from), px(y_), px(bar.to - bar.from), px(plot_height_), bar.what);
      for (const Outcome& outcome : kOutcomes) {
        put("\n{} {}", bar.images.*outcome.count, outcome.name);
      }
      if (drawn_ > 1) put("\n{}", escaped(run));
      put("</title></rect>\n");
    }
    put("</g>\n");
  }

  const ChartOptions& options_;
  std::vector<Distribution> all_;
  std::vector<std::string> names_;
  std::size_t drawn_;
  double width_, plot_width_ = 0, plot_height_ = 0;
  Column p_lower_, radius_;
  std::optional<std::size_t> last_p_lower_;  ///< the last run that is drawn with it
  double y_ = 0;                             ///< where the next thing begins
  std::string out_;
};

}  // namespace

std::string distribution_svg(std::span<const RadiusLog> logs, const ChartOptions& options) {
  if (logs.empty()) throw InputError("a chart of no logs");
  check_chart_width(options.width);
  return DistributionChart(logs, options).draw();
}

}  // namespace certify
