#include "core/report/figures/svg_style.h"

#include <array>
#include <cstddef>

#include <fmt/format.h>

#include "core/report/tables/text.h"

namespace certify {
namespace {

struct Ink {
  const char *light, *dark;
};

// Hues of Okabe & Ito, darkened and lightened to a contrast of at least 3:1 to their panel.
constexpr std::array<Ink, 6> kInks{{{"#0072b2", "#56b4e9"},
                                    {"#d55e00", "#f0924f"},
                                    {"#009e73", "#3ccba2"},
                                    {"#a0468c", "#e08fc8"},
                                    {"#8a6a00", "#e6c84a"},
                                    {"#333333", "#d8dce2"}}};
constexpr std::array<const char*, 6> kDashes{"",           "9 4", "3 2.5",
                                             "11 3 2.5 3", "5 3", "14 3 2.5 3 2.5 3"};

constexpr const char* kStyle = R"(<style>
.certify-chart .strip:hover{fill-opacity:.1}
@media (prefers-color-scheme:dark){
.certify-chart .panel{fill:#14171c}.certify-chart .ink{fill:#e8eaed}
.certify-chart .mute{fill:#a3abb6}.certify-chart .grid{stroke:#2b3139}
.certify-chart .axis{stroke:#8b949e}.certify-chart .strip{fill:#fff}
)";

}  // namespace

const char* ink(std::size_t i) { return kInks[i % kInks.size()].light; }

std::vector<ChartCurve> style_curves(std::span<const RadiusLog> logs, double rho) {
  const std::vector<std::string> names = short_names(logs);
  std::vector<ChartCurve> curves;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    // Colours repeat after six curves; then the dashes have moved on by one.
    const std::size_t dash = (i + i / kInks.size()) % kDashes.size();
    curves.push_back({CertifiedAccuracy(logs[i]), names[i], logs[i].attack, std::nullopt, ink(i),
                      fmt::format("c{}", i % kInks.size()), kDashes[dash]});
    ChartCurve& curve = curves.back();
    if (rho > 0 && has_band(logs[i])) curve.band.emplace(curve.accuracy, logs[i].alpha, rho);
  }
  return curves;
}

std::string chart_style() {
  std::string style = kStyle;
  for (std::size_t i = 0; i < kInks.size(); ++i) {
    style += fmt::format(".certify-chart .c{0}{{stroke:{1}}}.certify-chart .b{0}{{fill:{1}}}", i,
                         kInks[i].dark);
  }
  return style + "\n}\n</style>\n";
}

}  // namespace certify
