#include "core/report/pages/run_figures.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/curves/areas.h"
#include "core/curves/certified_accuracy.h"
#include "core/curves/distribution.h"
#include "core/methods/catalogue.h"
#include "core/report/figures/distribution_svg.h"

namespace certify {
namespace {

constexpr std::size_t kLeastOfABlanket = 3;  // runs; fewer are seen at a glance
constexpr const char* kDistributionCaption =
    "A wrong image is certified for another class than its label. An abstained one has no radius.";
constexpr const char* kPLowerCaption =
    " p_lower is the lower bound on the probability of the class under noise, of methods on scores "
    "on its mean score.";
constexpr const char* kNoPLowerCaption =
    " Logs without p_lower, and methods that bound a margin alone, have radii only.";

ReportOutput figure_of(const std::string& name, const std::string& title,
                       const std::string& x_label, std::vector<RadiusLog> logs, double rho) {
  ReportOutput figure{name, title, figure_caption(logs, rho), x_label};
  figure.logs = std::move(logs);
  figure.rho = rho;
  return figure;
}

ReportOutput radius_figure(std::span<const ReportedRun> runs, const RunsReportOptions& options) {
  std::vector<RadiusLog> logs;
  for (const ReportedRun& run : runs) logs.push_back(run.log);
  for (const ReportedRun& run : runs) {
    logs.insert(logs.end(), run.attacks.begin(), run.attacks.end());
  }
  const std::string title = "Certified accuracy against " + value_name(logs.front());
  const std::string x_label = axis_label(logs);
  ReportOutput figure = figure_of("curve", title, x_label, std::move(logs), options.rho);
  figure.picture_title = options.picture_title;
  return figure;
}

/// Of runs on images of one size.
struct Areas {
  std::vector<RadiusLog> all;                ///< in the order of the runs
  std::vector<RadiusLog> isotropic, mapped;  ///< of these, the certificates

  Areas(std::span<const ReportedRun> runs, std::int64_t dimension) {
    for (const ReportedRun& run : runs) {
      const auto log = run.dimension == dimension ? log_areas_of(run) : std::nullopt;
      if (!log) continue;
      all.push_back(*log);
      (run.areas ? mapped : isotropic).push_back(*log);
    }
  }
  bool on_the_same_images() const {
    return std::all_of(all.begin(), all.end(),
                       [&](const RadiusLog& log) { return same_images(log, all.front()); });
  }
};

/// For each size of image on which a run had a map: areas of others, or of sizes that are not
/// known, are not to be compared.
std::vector<ReportOutput> area_figures(std::span<const ReportedRun> runs, double rho) {
  std::set<std::int64_t> sizes;
  for (const ReportedRun& run : runs) {
    const bool known = run.dimension > 0 || runs.size() == 1;
    if (run.areas && known) sizes.insert(run.dimension);
  }
  const std::string x_label = label_of_log_area("log_area");
  std::vector<ReportOutput> figures;
  for (const std::int64_t size : sizes) {
    const Areas areas(runs, size);
    const std::string suffix = sizes.size() > 1 ? fmt::format("_{}", size) : "";
    figures.push_back(figure_of("areas" + suffix, "Certified accuracy against log certified area",
                                x_label, areas.all, rho));
    if (!areas.isotropic.empty()) {
      figures.back().caption += " The area of a run with one σ is that of the ball.";
    }
    if (areas.isotropic.size() + areas.mapped.size() < kLeastOfABlanket) continue;
    if (!areas.on_the_same_images()) continue;
    std::vector<RadiusLog> best;
    if (!areas.isotropic.empty()) best.push_back(blanket(areas.isotropic, "isotropic"));
    if (!areas.mapped.empty()) best.push_back(blanket(areas.mapped, "maps"));
    figures.push_back(figure_of("blanket" + suffix,
                                "Clean accuracy against mean log certified area", x_label,
                                std::move(best), 0));
    figures.back().caption = kBlanketCaption;
    figures.back().y_label = kBlanketLabel;
  }
  return figures;
}

const RadiusLog* find_radii(const ReportedRun& run, std::string_view name) {
  const auto found = std::find_if(run.radii.begin(), run.radii.end(),
                                  [&](const auto& one) { return one.first == name; });
  return found == run.radii.end() ? nullptr : &found->second;
}

/// Its own radii in this norm, or what its certificates say of it.
std::optional<RadiusLog> radii_in(const ReportedRun& run, std::string_view norm) {
  const RadiusLog* own = find_radii(run, norm);
  if (own == nullptr && run.dimension == 0) return std::nullopt;
  RadiusLog log = own != nullptr ? *own : run.log;
  log.name = run.log.name;
  log.dimension = run.dimension;
  return own != nullptr ? log : in_norm(std::move(log), norm);
}

bool is_part(std::string_view name) {
  return name != "l2" && name != "l1" && name != "linf" && name != "cohen";
}

/// Colour channels and masks of a run, each by itself, or what it says of all alike.
void add_parts(std::vector<RadiusLog>& logs, const ReportedRun& run) {
  if (run.radii.empty()) {
    // A move within a part of the image is one of the image.
    if (const auto log = radii_in(run, "l2")) logs.push_back(*log);
    return;
  }
  for (const auto& [name, log] : run.radii) {
    if (!is_part(name)) continue;
    logs.push_back(log);
    logs.back().name = fmt::format("{}, {}", run.log.name, name);
  }
}

std::vector<ReportOutput> norm_figures(std::span<const ReportedRun> given, double rho) {
  std::vector<ReportedRun> runs(given.begin(), given.end());
  const bool any = std::any_of(runs.begin(), runs.end(),
                               [](const ReportedRun& run) { return !run.radii.empty(); });
  if (!any) return {};
  if (const RadiusLog* plain = runs.size() == 1 ? find_radii(runs[0], "cohen") : nullptr) {
    ReportedRun without{*plain};
    without.log.name = runs[0].log.name + ", without the gradient";
    without.dimension = runs[0].dimension;
    runs.push_back(std::move(without));
  }
  std::vector<RadiusLog> l1, linf, parts;
  for (const ReportedRun& run : runs) {
    if (const auto log = radii_in(run, "l1")) l1.push_back(*log);
    if (const auto log = radii_in(run, "linf")) linf.push_back(*log);
    add_parts(parts, run);
  }
  const std::string unit = "radius (in units of the [0,1] input)";
  return {figure_of("curve_l1", "Certified accuracy against ℓ1 radius", "ℓ1 " + unit, l1, rho),
          figure_of("curve_linf", "Certified accuracy against ℓ∞ radius", "ℓ∞ " + unit, linf, rho),
          figure_of("curve_parts",
                    "Certified accuracy against ℓ2 radius in one channel or part of the image",
                    "ℓ2 radius of changes to that part alone", parts, rho)};
}

bool bounds_margin(std::string_view method) {
  const auto& all = all_methods();
  const auto found = std::ranges::find(all, method, &Method::name);
  return found != all.end() && (*found)->bounds_margin;
}

}  // namespace

std::string figure_caption(std::span<const RadiusLog> logs, double rho) {
  std::string caption =
      "Share of all images, abstentions and errors included, that are answered correctly, with at "
      "least the value on the axis certified.";
  if (rho > 0 && std::any_of(logs.begin(), logs.end(), has_band)) {
    caption += fmt::format(
        " The band reaches down to a lower bound on the share of these images that really are "
        "robust and correct: it holds at each {} by itself with probability {} (the exact form of "
        "theorem 5 of Cohen et al.).",
        value_name(logs.front()), 1 - rho);
  }
  if (std::any_of(logs.begin(), logs.end(), [](const RadiusLog& log) { return log.attack; })) {
    caption += " Accuracy under attack is an upper bound: another attack may find more.";
  }
  return caption;
}

std::optional<RadiusLog> log_areas_of(const ReportedRun& run) {
  if (!run.areas && (run.dimension == 0 || run.log.norm != "l2")) return std::nullopt;
  RadiusLog log = run.areas ? *run.areas : areas_of_balls(run.log, run.dimension, false);
  log.name = run.log.name;
  return log;
}

ReportOutput distribution_figure(std::span<const ReportedRun> runs) {
  ReportOutput figure{"distribution", "How the images are distributed", kDistributionCaption};
  figure.drawing = ReportOutput::Drawing::kDistribution;
  for (const ReportedRun& run : runs) {
    RadiusLog& log = figure.logs.emplace_back(run.log);
    if (std::ranges::none_of(log.methods, bounds_margin)) continue;
    for (RadiusRow& row : log.rows) row.p_lower = -1;
  }
  figure.x_label = axis_label(figure.logs);
  const auto with_p_lower = std::ranges::count_if(figure.logs, has_p_lower);
  if (with_p_lower > 0) figure.caption += kPLowerCaption;
  if (with_p_lower < std::ssize(figure.logs)) figure.caption += kNoPLowerCaption;
  if (runs.size() > kMostDistributions) {
    figure.caption +=
        fmt::format(" Drawn are the first {} of {} runs.", kMostDistributions, runs.size());
  }
  return figure;
}

std::vector<ReportOutput> figures_of(std::span<const ReportedRun> runs,
                                     const RunsReportOptions& options) {
  std::vector<ReportOutput> figures{radius_figure(runs, options)};
  std::ranges::move(area_figures(runs, options.rho), std::back_inserter(figures));
  std::ranges::move(norm_figures(runs, options.rho), std::back_inserter(figures));
  return figures;
}

}  // namespace certify
