#include "apps/certify/commands.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/logging.h"
#include "apps/certify/options/option_flags.h"
#include "apps/certify/options/run_dataset.h"
#include "apps/certify/show/noise_sheet.h"
#include "apps/certify/show/run_image.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/noise/families.h"
#include "core/plan/plan.h"
#include "core/report/figures/figure_file.h"
#include "core/report/figures/image_card.h"
#include "data/images/element_pictures.h"
#include "data/images/rgb_image.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

struct ShowOptions {
  TypedOptions data;
  const NoiseFamily* noise = nullptr;  ///< whose sheet is drawn
  std::optional<std::int64_t> image;   ///< of --run
  std::string run;
  std::vector<std::int64_t> indices;    ///< of --noise; empty: the first six of different labels
  std::vector<double> sigmas, lambdas;  ///< both empty: what shows the noise well
  std::uint64_t seed = 0;
  std::string sigma_map;
  std::string out;
};

bool reads_data(const OptionSpec& option) {
  return opens_data(option) || option.name == "on_error";
}

void write(const fs::path& file, const std::string& content) {
  replace_file(file, content);
  std::cout << file.string() << "\n";
}

/// Reads images of one data set; where that was asked for, it goes on behind unreadable ones.
class Reader {
 public:
  Reader(const Dataset& data, bool skips) : data_(data), skips_(skips) {}

  /// Nothing for an image that was left out.
  std::optional<LabeledImage> read(std::int64_t index) const {
    try {
      return data_.at(index);
    } catch (const UnreadableImage& image) {
      const std::string what = fmt::format("image {}: {}", index, image.what());
      if (!skips_) throw DataError(what + "; --on-error skip leaves such images out");
      make_logger({})->warn("left out: {}", what);
      return std::nullopt;
    }
  }

  /// The first images that have different labels.
  std::vector<LabeledImage> examples() const {
    constexpr std::size_t kMost = 6;
    constexpr std::int64_t kLookAt = 50;
    std::vector<LabeledImage> images;
    for (std::int64_t i = 0; i < std::min(kLookAt, data_.size()) && images.size() < kMost; ++i) {
      std::optional<LabeledImage> image = read(i);
      const auto same = [&](const LabeledImage& other) { return other.label == image->label; };
      if (image && std::none_of(images.begin(), images.end(), same)) {
        images.push_back(std::move(*image));
      }
    }
    return images;
  }

 private:
  const Dataset& data_;
  bool skips_;
};

/// Levels of the noise; 0 is the image itself.
std::vector<double> levels_of(const ShowOptions& o) {
  if (!o.sigmas.empty() && !o.lambdas.empty()) {
    throw InputError("--sigma and --lambda: the noise has one or the other");
  }
  const bool on_cube = o.noise->norm == "l1";
  std::vector<double> levels = o.sigmas, lambdas = o.lambdas;
  if (levels.empty() && lambdas.empty()) {
    (on_cube ? lambdas : levels) =
        on_cube ? std::vector{0.0, 0.2, 0.5, 1.0, 2.0} : std::vector{0.0, 0.12, 0.25, 0.5, 1.0};
  }
  for (const double lambda : lambdas) levels.push_back(sigma_of_half_side(*o.noise, lambda));
  for (const double sigma : levels) {
    if (!(sigma >= 0 && sigma <= 1e6)) {
      throw InputError("--sigma {}: must be between 0 and 1e6", sigma);
    }
    if (sigma > 0) o.noise->check({o.noise, sigma});
  }
  return levels;
}

void show_noise(const ShowOptions& o, const OptionSet& data_options) {
  const std::vector<double> levels = levels_of(o);
  const auto data = open_dataset(to_dataset_request(data_options));
  const Reader reader(*data, data_options.text("on_error") == "skip");
  std::vector<LabeledImage> images;
  for (const std::int64_t index : o.indices) {
    if (auto image = reader.read(index)) images.push_back(std::move(*image));
  }
  if (o.indices.empty()) images = reader.examples();
  if (images.empty()) throw DataError("no image that can be read");
  const NoiseSheet sheet = noise_sheet(images, *o.noise, levels, o.seed);
  const fs::path out = o.out.empty() ? "noise.png" : o.out;
  if (out.extension() == ".png") return write(out, encode_png(sheet.picture));
  std::vector<std::string> names;
  for (const LabeledImage& image : images) {
    names.push_back(
        fmt::format("{} {}", image.index, class_name(data->info().class_names, image.label)));
  }
  write(out, noise_sheet_svg(sheet, levels, names));
}

void show_sigma_map(const ShowOptions& o, const OpenSigmaMap& open) {
  if (o.noise != nullptr || !o.run.empty()) {
    throw InputError("--sigma-map is a picture of its own, without --noise and --run");
  }
  const fs::path out = o.out.empty() ? fs::path(o.sigma_map).stem().string() + ".png" : o.out;
  if (out.extension() != ".png") {
    throw InputError("--out {}: expected a name ending in .png", out.string());
  }
  const SigmaMap map = open(o.sigma_map);
  const ImageShape& s = map.shape;
  std::cout << fmt::format("{} × {} × {}, sigma {}; black is {:.4g}, white {:.4g} and more\n",
                           s.channels, s.height, s.width, describe(map), map.smallest,
                           whitest_sigma(map));
  write(out, encode_png(sigma_map_picture(map)));
}

void run(const ShowOptions& o, const OpenSigmaMap& open) {
  if (!o.sigma_map.empty()) return show_sigma_map(o, open);
  OptionSet data_options;
  set_from_environment(data_options, reads_data);
  set_from_flags(data_options, o.data);
  const bool sheet = o.noise != nullptr;
  if (sheet == !o.run.empty()) {
    throw InputError("either --noise, with --dataset, or INDEX and --run RUN, or --sigma-map FILE");
  }
  const std::string extension = fs::path(o.out).extension().string();
  if (!o.out.empty() && !(sheet && extension == ".png")) check_figure_name(o.out);
  if (sheet) {
    if (!data_options.given("dataset")) throw InputError("--noise needs --dataset");
    return show_noise(o, data_options);
  }
  if (!o.image) throw InputError("--run needs the INDEX of an image");
  const fs::path out = o.out.empty() ? fmt::format("image-{}.svg", *o.image) : o.out;
  write_figure(out, image_card_svg(card_of(o.run, *o.image, data_options)));
  std::cout << out.string() << "\n";
}

}  // namespace

void add_show_command(CLI::App& app, const OpenSigmaMap& open) {
  const auto o = std::make_shared<ShowOptions>();
  CLI::App* show = app.add_subcommand(
      "show",
      "Draw images at several sigma, one image of a run with its counts and radii, or a map of "
      "sigma");
  show->add_option("image", o->image, "With --run: which image, by its index in the data set");
  show->add_option("--run", o->run, "A run's folder")->type_name("RUN");
  show->add_option_function<std::string>(
          "--noise",
          [o](const std::string& family) {
            o->noise = family.empty() ? &default_noise_family() : &find_noise_family(family);
          },
          "Images of --dataset under noise, a column a sigma; of this family, or a run's own")
      ->type_name("[FAMILY]")
      ->expected(0, 1)
      ->trigger_on_parse();
  show->add_option("--sigma-map", o->sigma_map,
                   "A map of sigma as a picture: all channels together, then each of them")
      ->type_name("FILE");
  show->add_option("--index", o->indices, "With --noise: which images [six of different classes]");
  show->add_option("--sigma", o->sigmas,
                   "With --noise: noise levels; 0 is the image itself [0,0.12,0.25,0.5,1]")
      ->delimiter(',');
  show->add_option("--lambda", o->lambdas,
                   "In their place, of noise on a cube: half its side [0,0.2,0.5,1,2]")
      ->delimiter(',');
  show->add_option("--seed", o->seed, "Seed of the noise")->capture_default_str();
  show->add_option("--out", o->out,
                   "File to write, .png or .svg [noise.png, image-INDEX.svg, the map's name .png]");
  add_option_flags(*show, o->data, reads_data);
  show->callback([o, open] { run(*o, open); });
}

}  // namespace certify
