#include "apps/certify/commands.h"

#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/show/run_image.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/first_order/dual_radius.h"
#include "core/methods/catalogue.h"
#include "core/methods/first_order.h"
#include "core/plan/kept.h"
#include "core/report/figures/figure_file.h"
#include "core/report/figures/region_svg.h"
#include "core/runs/run_folder.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

struct RegionOptions {
  std::string run;
  std::int64_t index = 0;
  std::string method = std::string(kFirstOrder.name);
  std::optional<double> alpha;
  int points = 91;
  std::string svg;
};

const Method& first_order_method(const std::string& name) {
  const Method& method = find_method(name);
  if (method.needs == SampleNeeds::kGradient) return method;
  throw InputError("method '{}' knows no gradient; use {} or {}", name, kFirstOrder.name,
                   kFirstOrderTight.name);
}

void region(const RegionOptions& o) {
  if (!o.svg.empty()) check_figure_name(o.svg);
  const Method& method = first_order_method(o.method);
  Manifest manifest = manifest_of(o.run);
  const RunSettings& settings = manifest.settings;
  if (!settings.sigma_map.empty()) {
    throw InputError(
        "{}: was sampled with a map of sigma, so directions in the image are not those of the "
        "noise; only runs with one sigma have a region to draw",
        o.run);
  }
  const std::string missing = what_is_missing(kept_by(settings), method);
  if (!missing.empty()) throw DataError("{}: {}", o.run, missing);
  MethodOptions options = settings.method_options();
  options.alpha = o.alpha.value_or(options.alpha);
  if (o.points < 2 || o.points > 10000) {
    throw InputError("--points {}: expected 2 to 10000", o.points);
  }
  const ImageSamples samples = read_image(o.run, o.index, manifest);
  const auto known = first_order_knowledge(samples, after_noise(options), method);
  if (!known) throw DataError("image {}: abstains, so no region", o.index);
  RegionPicture picture;
  picture.title = fmt::format("image {}, {}, σ = {}, α = {}", o.index,
                              class_name(manifest.class_names, samples.gradient.tested),
                              options.noise.sigma, options.alpha);
  for (const RegionPoint& point : certified_slice(*known, o.points)) {
    picture.boundary.push_back({point.angle, multiply_down(options.noise.sigma, point.radius)});
  }
  picture.ball = multiply_down(options.noise.sigma, lower_quantile(known->top));
  picture.limit = multiply_down(options.noise.sigma, kLargestDualRadius);
  std::cout << "angle\tradius\n";
  for (const PolarPoint& point : picture.boundary) {
    std::cout << fmt::format("{}\t{}\n", point.angle, point.radius);
  }
  if (!o.svg.empty()) write_figure(o.svg, region_svg(picture));
}

}  // namespace

void add_region_command(CLI::App& app) {
  auto* command = app.add_subcommand(
      "region", "The certified region around an image, cut along its gradient (--gradient)");
  const auto o = std::make_shared<RegionOptions>();
  command->add_option("run", o->run, "Folder of a run")->type_name("RUN")->required();
  command->add_option("index", o->index, "The image")->type_name("INDEX")->required();
  command->add_option("--method", o->method, "Of the two of first order")
      ->type_name("first-order|first-order-tight")
      ->capture_default_str();
  command->add_option("--alpha", o->alpha, "Failure probability [the run's]");
  command->add_option("--points", o->points, "Angles from up the gradient to down")
      ->capture_default_str();
  command->add_option("--svg", o->svg, "Draw it into this file: .svg or .png")->type_name("FILE");
  command->footer(
      "Prints the angle to the gradient, in radians, and the largest certified move at that "
      "angle,\n"
      "in units of the [0,1] input. Where the gradient points is not known, only how long it is:\n"
      "the region says what is safe at an angle to it. It holds with probability 1 - alpha,\n"
      "together with the radii of the image's row.");
  command->callback([o] { region(*o); });
}

}  // namespace certify
