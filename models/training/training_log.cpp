#include "models/training/training_log.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/base/errors.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

constexpr double kWidth = 720, kLeft = 58, kRight = 130, kPanel = 190, kGap = 34, kTop = 44;

/// One of two panels that share the axis of epochs.
class Panel {
 public:
  Panel(std::span<const EpochResult> epochs, std::int64_t last, double top, double y_max)
      : epochs_(epochs),
        last_(static_cast<double>(std::max<std::int64_t>(last, 2))),
        top_(top),
        y_max_(y_max) {}

  std::string frame(const std::string& name) const {
    std::string svg = fmt::format(
        "<path d=\"M{0:.1f} {1:.1f}V{2:.1f}H{3:.1f}\" fill=\"none\" stroke=\"#4a5058\"/>\n"
        "<text transform=\"translate(17 {4:.1f}) rotate(-90)\" text-anchor=\"middle\">{5}</text>\n",
        kLeft, top_, y(0), x(last_), top_ + kPanel / 2, name);
    for (int i = 0; i <= 4; ++i) {
      const double value = y_max_ * i / 4;
      svg += fmt::format(
          "<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"#e3e6ea\"/><text x=\"{:.1f}\" y=\"{:.1f}\" "
          "text-anchor=\"end\" font-size=\"12\">{:.2f}</text>\n",
          kLeft, y(value), x(last_), kLeft - 8, y(value) + 4, value);
    }
    return svg;
  }

  std::string curve(double EpochResult::*value, const char* colour, const char* dash,
                    const std::string& name) const {
    std::string points, hover;
    for (const EpochResult& e : epochs_) {
      const auto at = fmt::format("{:.1f},{:.1f}", x(static_cast<double>(e.epoch)), y(e.*value));
      points += (points.empty() ? "" : " ") + at;
      const auto comma = at.find(',');
      hover += fmt::format(
          "<circle cx=\"{}\" cy=\"{}\" r=\"2.5\" fill=\"{}\"><title>epoch {}: {} "
          "{:.4f}</title></circle>\n",
          at.substr(0, comma), at.substr(comma + 1), colour, e.epoch, name, e.*value);
    }
    return fmt::format(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" "
        "stroke-dasharray=\"{}\"/>\n{}",
        points, colour, dash, hover);
  }

  std::string legend(int line, const char* colour, const char* dash, const char* name) const {
    const double left = kWidth - kRight + 12, at = top_ + 16 + 20 * line;
    return fmt::format(
        "<path d=\"M{0:.1f} {1:.1f}h26\" stroke=\"{2}\" stroke-width=\"2\" "
        "stroke-dasharray=\"{3}\"/><text x=\"{4:.1f}\" y=\"{5:.1f}\">{6}</text>\n",
        left, at, colour, dash, left + 32, at + 4, name);
  }

  double x(double epoch) const {
    return kLeft + (epoch - 1) / (last_ - 1) * (kWidth - kLeft - kRight);
  }
  double y(double value) const { return top_ + (1 - value / y_max_) * kPanel; }

 private:
  std::span<const EpochResult> epochs_;
  double last_, top_, y_max_;
};

}  // namespace

std::string training_csv(std::span<const EpochResult> epochs) {
  std::string csv = "epoch,learning_rate,loss,accuracy_clean,accuracy_noisy,seconds\n";
  for (const EpochResult& e : epochs) {
    csv += fmt::format("{},{:.6g},{:.6f},{:.4f},{:.4f},{:.1f}\n", e.epoch, e.learning_rate, e.loss,
                       e.accuracy_clean, e.accuracy_noisy, e.seconds);
  }
  return csv;
}

std::string training_svg(std::span<const EpochResult> epochs, std::int64_t last,
                         const std::string& title) {
  if (epochs.empty()) throw InputError("a training without epochs has nothing to draw");
  double most = 0;
  for (const EpochResult& e : epochs) most = std::max(most, e.loss);
  const double second = kTop + kPanel + kGap, height = second + kPanel + 50;
  const Panel loss(epochs, last, kTop, most > 0 ? std::ceil(most * 4) / 4 : 1);
  const Panel accuracy(epochs, last, second, 1);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n<rect width=\"{0}\" "
      "height=\"{1}\" fill=\"#fff\"/>\n<text x=\"{2}\" y=\"26\" font-size=\"15\" "
      "font-weight=\"600\">{3}</text>\n",
      kWidth, height, kLeft, escaped(title));
  svg += loss.frame("training loss") + loss.curve(&EpochResult::loss, "#0072b2", "", "loss");
  svg += accuracy.frame("test accuracy");
  svg += accuracy.curve(&EpochResult::accuracy_clean, "#d55e00", "9 4", "clean");
  svg += accuracy.curve(&EpochResult::accuracy_noisy, "#009e73", "", "noisy");
  svg += accuracy.legend(0, "#d55e00", "9 4", "clean") +
         accuracy.legend(1, "#009e73", "", "under noise");
  constexpr int kMostTicks = 10;
  const std::int64_t end = std::max<std::int64_t>(last, 2);
  const std::int64_t step = (end - 1 + kMostTicks - 1) / kMostTicks;
  for (std::int64_t epoch = 1; epoch <= end; epoch += step) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                       accuracy.x(static_cast<double>(epoch)), second + kPanel + 18, epoch);
  }
  return svg +
         fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">epoch</text>\n",
                     (kLeft + kWidth - kRight) / 2, second + kPanel + 38) +
         "</svg>\n";
}

}  // namespace certify
