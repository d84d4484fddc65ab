#include "core/plan/plan.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/device_names.h"
#include "core/base/errors.h"
#include "core/base/normalization.h"
#include "core/curves/radii.h"
#include "core/methods/catalogue.h"
#include "core/methods/counts/cohen_sequential.h"
#include "core/methods/counts/enumerated.h"
#include "core/methods/counts/stop_at.h"
#include "core/noise/families.h"
#include "core/plan/kept.h"
#include "core/slurm/task_shard.h"

namespace certify {
namespace {

void resolve_noise(const OptionSet& o, Plan& plan) {
  RunSettings& s = plan.settings;
  const bool sigma = o.given("sigma"), lambda = o.given("lambda");
  plan.sigma_map = o.text("sigma_map");
  std::vector<std::string_view> sizes;
  if (sigma) sizes.push_back("--sigma");
  if (lambda) sizes.push_back("--lambda");
  if (!plan.sigma_map.empty()) sizes.push_back("--sigma-map");
  if (o.text("dataset").empty() || sizes.empty()) {
    throw InputError(
        "--dataset and --sigma are needed (or --lambda, or --sigma-map); certify --help shows all "
        "options");
  }
  // "A map times sigma" would be another map under the same hash; scale the file instead.
  if (sizes.size() > 1) {
    throw InputError("{}: the noise has one or the other", fmt::join(sizes, " and "));
  }
  const std::string noise = o.text("noise");
  const bool map = !plan.sigma_map.empty();
  const NoiseFamily& family = !noise.empty() ? find_noise_family(noise)
                              : map          ? plain_noise_family()
                                             : default_noise_family();
  s.noise = family.stream;
  s.sigma = sigma ? o.number("sigma") : lambda ? sigma_of_half_side(family, o.number("lambda")) : 0;
  if (map && !family.takes_maps) {
    throw InputError(
        "--sigma-map: {} noise needs a table of its own for every sigma, and a map may have as "
        "many as the image has elements; take --noise {}",
        family.name, plain_noise_family().name);
  }
  if (!map) family.check(s.noise_value());
  s.n = o.integer("n");
  if (family.all_samples != nullptr) {
    const std::int64_t all = family.all_samples(s.noise_value());
    if (o.given("n") && s.n != all) {
      throw InputError("--n {}: {} noise of this size has {} samples, and all are taken", s.n,
                       family.name, all);
    }
    s.n = all;
  }
  s.seed = o.unsigned_integer("seed");
}

void resolve_images(const OptionSet& o, Plan& plan) {
  RunSettings& s = plan.settings;
  plan.data = to_dataset_request(o);
  check_request(plan.data);
  s.dataset = plan.data.name;
  s.split = plan.data.split;
  s.start = o.integer("start");
  s.skip = o.integer("skip");
  s.count = o.integer("count");
  s.shard = parse_shard(shard_of_this_task(o.text("shard")));
}

void resolve_denoiser(const OptionSet& o, Plan& plan) {
  RunSettings& s = plan.settings;
  const std::string file = o.text("denoiser");
  if (file.empty()) {
    for (const char* name : {"denoiser_kind", "denoiser_resize"}) {
      if (o.given(name)) {
        throw InputError("{}: there is no --denoiser", flag_of(option_spec(name)));
      }
    }
    return;
  }
  if (o.text("model").empty()) {
    throw InputError("--denoiser: say by --model which network stands behind it");
  }
  DenoiserSettings d;
  d.name = std::filesystem::path(file).stem().string();
  d.kind = o.given("denoiser_kind") ? read_denoiser_kind(o.text("denoiser_kind")) : "direct";
  if (!plan.sigma_map.empty() && needs_sigma(d.kind)) {
    throw InputError("--sigma-map: a diffusion model takes off noise of one sigma");
  }
  d.step = denoiser_call(d.kind, s.sigma).step.value_or(-1);
  if (o.given("denoiser_resize")) d.resize = o.integer("denoiser_resize");
  s.denoiser = std::move(d);
}

/// Which GPUs there are is for the machine that runs it to say.
void resolve_network(const OptionSet& o, Plan& plan) {
  RunSettings& s = plan.settings;
  if (!plan.sigma_map.empty() && o.text("model").empty()) {
    throw InputError("--sigma-map: say by --model which network; it was trained at no one sigma");
  }
  s.normalize = o.text("normalize");
  if (!s.normalize.empty()) parse_normalization(s.normalize, kAnyChannels);
  s.output = o.text("output");
  resolve_denoiser(o, plan);
  s.precision = parse_precision(o.text("precision"));
  s.deterministic = o.flag("deterministic");
  s.batch = o.integer("batch");
  s.device = kind_of_device(o.text("device"));
#ifndef CERTIFY_CUDA
  if (s.device.empty()) s.device = "cpu";
#endif
  require_precision(s.device, s.precision);
}

/// --n0 0 means the same samples; other ways to select need no selection samples either.
void resolve_selection(const OptionSet& o, RunSettings& s) {
  const std::int64_t n0 = o.integer("n0");
  if (s.method == "predict" || find_method(s.method).certain) {
    s.select = Selection::kSame;
    s.n0 = 0;
    return;
  }
  const std::string select = o.text("select");
  s.select = !select.empty() ? parse_selection(select)
             : n0 == 0       ? Selection::kSame
                             : Selection::kSeparate;
  if (s.select == Selection::kSeparate && n0 == 0) {
    throw InputError("--select n0 needs selection samples: give --n0 a number, or --select same");
  }
  s.n0 = (s.select == Selection::kSeparate || o.given("n0")) ? n0 : 0;
}

void resolve_method(const OptionSet& o, Plan& plan) {
  RunSettings& s = plan.settings;
  s.method = method_name(o);
  s.alpha = o.number("alpha");
  s.lipschitz = o.number("lipschitz");
  plan.method = &find_method(s.method);
  if (plan.method->certain) {
    for (const char* name : {"alpha", "n0", "select"}) {
      if (!o.given(name)) continue;
      throw InputError(
          "{}: method '{}' takes all samples that there are, and leaves nothing to chance",
          flag_of(option_spec(name)), s.method);
    }
    s.alpha = 0;
  }
  const NoiseFamily& family = noise_family_of_stream(s.noise);
  require_family(*plan.method, family);
  if (s.lipschitz > 0 && !plan.sigma_map.empty()) {
    throw InputError(
        "--lipschitz: its radius is not in units of the noise, so it goes with no --sigma-map");
  }
  if (s.lipschitz > 0 && family.norm != "l2") {
    throw InputError("--lipschitz: its radius is l2, and {} noise proves {}", family.name,
                     family.norm);
  }
  resolve_selection(o, s);
}

void resolve_scores(const OptionSet& o, Plan& plan) {
  RunSettings& s = plan.settings;
  const std::string typed = o.text("scores");
  s.scores = {typed.empty() ? least_scores(plan.method->needs) : parse_score_keeping(typed),
              parse_score_link(o.text("score_link")), o.number("temperature"),
              static_cast<int>(o.integer("score_bins")), s.select == Selection::kLabel};
  const bool of_one_class =
      s.scores.keep == ScoreKeeping::kTrace || s.scores.keep == ScoreKeeping::kHistogram;
  if (of_one_class && s.select == Selection::kSame) {
    throw InputError(
        "--scores trace and histogram keep the scores of one class, which must be known first: "
        "--select n0 or label");
  }
}

/// Averages of the noise are of one class, which must be known first, and of all n samples.
void resolve_gradient(const OptionSet& o, Plan& plan) {
  RunSettings& s = plan.settings;
  s.keep_gradient = o.flag("keep_gradient");
  s.gradient =
      o.flag("gradient") || s.keep_gradient || plan.method->needs == SampleNeeds::kGradient;
  std::istringstream files(o.text("mask"));
  for (std::string file; std::getline(files, file, ',');) plan.masks.push_back(file);
  if (!plan.masks.empty() && !s.gradient) {
    throw InputError("--mask {}: needs --gradient or --method first-order", o.text("mask"));
  }
  if (!s.gradient) return;
  const std::string who = s.keep_gradient      ? "--keep-gradient"
                          : o.flag("gradient") ? "--gradient"
                                               : fmt::format("--method {}", s.method);
  if (s.select == Selection::kSame) {
    throw InputError("{} needs a class known beforehand: --select n0 or label", who);
  }
  if (o.given("stop_at")) throw InputError("{} needs all n samples, so no --stop-at", who);
  if (s.n < 2) throw InputError("{} needs at least two samples", who);
  const NoiseFamily& family = noise_family_of_stream(s.noise);
  if (std::ranges::find(kFirstOrderFamilies, &family) == kFirstOrderFamilies.end()) {
    throw InputError("{}: averages of {} noise prove nothing of first order", who, family.name);
  }
}

/// A map's smallest sigma is not known yet; StopAt is asked again when it is.
void resolve_stopping(const OptionSet& o, Plan& plan) {
  const std::string typed = o.text("stop_at");
  if (typed.empty()) return;
  RunSettings& s = plan.settings;
  require_optional_stopping(*plan.method);
  if (s.scores.keep != ScoreKeeping::kNone) {
    throw InputError(
        "--stop-at stops by the votes, and no bound on scores allows for it: leave --scores out");
  }
  try {
    s.stop_at = parse_radii(typed);
    refuse_same_samples(s.method_options());
    if (plan.sigma_map.empty()) StopAt(s.stop_at, s.n, s.method_options());
  } catch (const InputError& error) {
    throw InputError("--stop-at {}: {}", typed, error.what());
  }
}

}  // namespace

std::string method_name(const OptionSet& options) {
  if (options.given("method")) return options.text("method");
  if (options.given("stop_at")) return std::string(kCohenSequential.name);
  const std::string noise = options.text("noise");
  const bool counts = std::ranges::any_of(
      kEnumeratedFamilies, [&](const NoiseFamily* family) { return family->name == noise; });
  return counts ? std::string(kEnumerated.name) : options.text("method");
}

DatasetRequest to_dataset_request(const OptionSet& options) {
  DatasetRequest request;
  request.name = options.text("dataset");
  request.split = options.text("split");
  request.dir = data_folder(request.name, options.text("data_dir"));
  request.classes = options.text("classes");
  request.images = options.text("images");
  request.labels = options.text("labels");
  request.labels_file = options.text("labels_file");
  request.layout = options.text("layout");
  if (options.given("resize")) request.resize = static_cast<int>(options.integer("resize"));
  if (options.given("crop")) set_crop(request, options.text("crop"));
  return request;
}

Plan resolve(const OptionSet& options) {
  Plan plan;
  resolve_noise(options, plan);
  resolve_method(options, plan);
  resolve_scores(options, plan);
  resolve_gradient(options, plan);
  resolve_stopping(options, plan);
  const std::string missing = what_is_missing(kept_by(plan.settings), *plan.method);
  if (!missing.empty()) throw InputError(missing);
  resolve_images(options, plan);
  resolve_network(options, plan);
  return plan;
}

}  // namespace certify
