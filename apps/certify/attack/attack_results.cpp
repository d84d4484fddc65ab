#include "apps/certify/attack/attack_results.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/curves/radii.h"
#include "core/report/figures/svg.h"
#include "core/report/sources/run_description.h"
#include "core/report/tables/curve_tsv.h"
#include "core/report/tables/table.h"
#include "core/report/tables/value_names.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

std::string share(std::int64_t count, std::int64_t all) {
  return fmt::format("{} ({:.0f} %)", count,
                     100 * static_cast<double>(count) / static_cast<double>(all));
}

/// How far beyond its certificate an attack succeeds, for the image in the middle.
double median_multiple(std::span<const AttackedImage> images) {
  std::vector<double> multiples;
  for (const AttackedImage& image : images) {
    if (image.found() && image.radius > 0) {
      multiples.push_back(image.attack_radius / image.radius);
    }
  }
  if (multiples.empty()) return 0;
  const auto middle = multiples.begin() + static_cast<std::ptrdiff_t>(multiples.size() / 2);
  std::nth_element(multiples.begin(), middle, multiples.end());
  return *middle;
}

void print_multiples(std::span<const AttackedImage> images, const Challenge& c, double max_radius,
                     std::ostream& out) {
  TextTable table{{"attack within", "answers changed"}, {}};
  for (const double multiple : {1.0, 1.5, 2.0}) {
    const std::int64_t found = found_within(images, multiple);
    const std::int64_t unsearched = unsearched_within(images, multiple);
    std::string changed = share(found, c.certified);
    if (unsearched == c.certified) changed = "not searched";
    if (0 < unsearched && unsearched < c.certified) {
      changed += fmt::format("; {} not searched so far", unsearched);
    }
    table.rows.push_back({fmt::format("{} × the certified radius", multiple), changed});
  }
  table.rows.push_back(
      {fmt::format("{:.4g}, or what was tried", max_radius), share(c.found, c.certified)});
  print_table(out, table);
  if (const double median = median_multiple(images); median > 0) {
    out << fmt::format("\nwhere an attack was found, half of them at {:.2f} × the radius or less\n",
                       median);
  }
}

void print_verdict(const Challenge& c, double alpha, double attack_alpha, std::ostream& out) {
  out << fmt::format(
      "\ninside certificates: {} of {}; of {} images considered {:.3g} may be expected, up to {} "
      "are no contradiction (α = {} of the certificates and {} of the attack's answers, an "
      "image)\n",
      c.inside, c.certified, c.considered, c.expected, c.allowed, alpha, attack_alpha);
  if (c.contradicts()) {
    out << fmt::format(
        "CONTRADICTED: so many come with probability {:.2g} at most if the certificates hold\n",
        c.p_value);
  }
}

}  // namespace

Challenge write_attack_results(const std::filesystem::path& run, const RunSettings& settings,
                               const AttackPlan& plan, std::span<const AttackedImage> images,
                               const std::string& radii, std::ostream& out) {
  std::vector<RadiusLog> logs = attack_curves(images, plan.noise.family->norm);
  const auto shown = radii.empty() ? default_radii(logs) : parse_radii(radii);
  ChartOptions chart;
  chart.title = fmt::format("{} images of {} {}, {}, {}, {} loss, {} steps", images.size(),
                            settings.dataset, settings.split, settings.classifier_name(),
                            describe_level(settings), to_string(plan.loss), plan.steps);
  chart.x_label = radius_label(plan.noise.family->norm);
  chart.y_label = "accuracy";
  replace_file(run / kAttackCurveFile, curve_tsv(logs));
  replace_file(run / kAttackSvgFile, curve_svg(logs, chart));

  const Challenge c = challenge(images, settings.alpha, plan.alpha);
  out << fmt::format("{} images, {} certified and attacked; answers by {}\n\n", images.size(),
                     c.certified, plan.scores ? "mean scores" : "votes");
  if (c.certified > 0) print_multiples(images, c, plan.max_radius, out);
  out << "\n";
  print_table(out, certified_accuracy_table(logs, shown));
  print_verdict(c, settings.alpha, plan.alpha, out);
  out << "\nrows: " << (run / kAttackFile).string() << "\n";
  return c;
}

}  // namespace certify
