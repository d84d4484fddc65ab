#include "apps/certify/commands.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/attack/attack_record.h"
#include "apps/certify/attack/attack_results.h"
#include "apps/certify/options/option_flags.h"
#include "apps/certify/options/run_dataset.h"
#include "apps/certify/resumable_job.h"
#include "apps/certify/run/signals.h"
#include "apps/certify/version.h"
#include "core/attack/attack_image.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/in_order.h"
#include "core/base/norm.h"
#include "core/curves/radii.h"
#include "core/methods/catalogue.h"
#include "core/noise/cell_noise.h"
#include "core/plan/certifier.h"
#include "core/plan/kept.h"
#include "core/runs/run_folder.h"
#include "models/libtorch_settings.h"
#include "models/network.h"
#include "models/network_loss_gradient.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct AttackOptions {
  std::string run;
  AttackPlan plan;
  std::string loss = "cohen";
  std::optional<double> alpha, max_radius;
  std::optional<std::int64_t> n;
  std::optional<std::uint64_t> seed;
  std::int64_t count = -1;
  std::string radii, model, denoiser, device;
  int workers = 0;
  TypedOptions data;
  bool fresh = false;
  LogOptions log;
};

struct CertifiedRun {
  Manifest manifest;
  std::vector<Certificate> certificates;  ///< in the run's order
  std::size_t wanted = 0;                 ///< so many of them are attacked
};

CertifiedRun read_certificates(const AttackOptions& o, spdlog::logger& log) {
  CertifiedRun run;
  run.manifest = manifest_of(o.run);
  const RunSettings& s = run.manifest.settings;
  if (s.method == "predict") {
    throw DataError("{}: holds predictions, which certify no radius", o.run);
  }
  if (!s.sigma_map.empty()) {
    throw DataError("{}: certified with a map of sigma, so ellipsoids; only balls can be attacked",
                    o.run);
  }
  if (run.manifest.state != "complete") {
    log.warn("{}: the run is not finished ({}); what is there is attacked", o.run,
             run.manifest.state);
  }
  const Certifier certify(s);
  read_run(o.run,
           [&](const ImageSamples& samples) { run.certificates.push_back(certify(samples)); });
  if (run.certificates.empty()) throw DataError("{}: no images", o.run);
  run.wanted = run.certificates.size();
  if (o.count >= 0) run.wanted = std::min(run.wanted, static_cast<std::size_t>(o.count));
  return run;
}

/// Far enough beyond the certificates: by counting, with n = 1e7, those of normal noise end at 5 σ,
/// and those of noise on a cube at half its side.
double farthest(const Noise& noise) {
  return 8 * (noise.family->norm == "l1" ? 2 * half_side_of(noise.sigma) : noise.sigma);
}

/// Where all samples are taken, and where the seed is the classifier's, there is no choice.
void set_what_the_noise_fixes(const AttackOptions& o, const RunSettings& s, AttackPlan& plan) {
  const NoiseFamily& family = *plan.noise.family;
  if (family.all_samples != nullptr) {
    const std::int64_t all = family.all_samples(plan.noise);
    if (o.n.value_or(all) != all) {
      throw InputError("--n {}: noise {} has {} samples, and all are taken", *o.n, family.name,
                       all);
    }
    if (o.alpha.value_or(0) != 0) {
      throw InputError("--alpha {}: noise {} leaves nothing to chance", *o.alpha, family.name);
    }
    plan.n = all;
    plan.alpha = 0;
  }
  if (family.seed_is_of_classifier) {
    if (o.seed.value_or(s.seed) != s.seed) {
      throw InputError("--seed {}: noise {} cuts where the seed of the run, {}, says", *o.seed,
                       family.name, s.seed);
    }
    plan.seed = s.seed;
  }
}

AttackPlan make_plan(const AttackOptions& o, const RunSettings& s) {
  AttackPlan plan = o.plan;
  plan.loss = parse_attack_loss(o.loss);
  plan.noise = s.noise_value();
  plan.alpha = o.alpha.value_or(s.alpha);
  plan.n = o.n.value_or(plan.n);
  plan.seed = o.seed.value_or(plan.seed);
  set_what_the_noise_fixes(o, s, plan);
  plan.noise_alpha = plan.noise.total_variation(s.shape.size()) * static_cast<double>(plan.n);
  plan.max_radius = o.max_radius.value_or(farthest(plan.noise));
  if (least_scores(find_method(s.method).needs) != ScoreKeeping::kNone) {
    plan.scores = {s.scores.link, s.scores.temperature};
  }
  check(plan);
  return plan;
}

/// The network of the run as the run ran it, and its derivative.
class AttackedNetwork {
 public:
  AttackedNetwork(const AttackOptions& o, const Manifest& run)
      : device_(resolve_devices(o.device.empty() ? run.settings.device : o.device).at(0)) {
    const RunSettings& s = run.settings;
    const fs::path file =
        certified_file("model", o.model.empty() ? run.model_file : o.model, s.model_sha256);
    fs::path denoiser;
    if (s.denoiser) {
      denoiser = certified_file("denoiser", o.denoiser.empty() ? run.denoiser_file : o.denoiser,
                                s.denoiser->sha256);
    } else if (!o.denoiser.empty()) {
      throw InputError("--denoiser: the run in {} has none", o.run);
    }
    const bool on_cpu = device_ == "cpu";
    if (on_cpu ? !runs_on_cpu(s.precision) : is_of_engine(s.precision)) {
      throw DataError("{}: certified at {}, which {} does not have", o.run, to_string(s.precision),
                      on_cpu ? "the CPU" : "a GPU");
    }
    if (on_cpu) precision_on_cpu(s.precision);
    if (!on_cpu && s.deterministic && s.denoiser && s.denoiser->resize > 0) {
      throw DataError(
          "{}: is a deterministic run, and resizing has no deterministic gradient on a GPU: "
          "--device "
          "cpu",
          o.run);
    }
    const Normalization normalization = parse_normalization(s.normalize, s.shape.channels);
    const NetworkOptions options{.device = device_,
                                 .precision = s.precision,
                                 .deterministic = s.deterministic,
                                 .output = s.output,
                                 .allow_batch_dependent = s.batch_dependent,
                                 .ranges = s.int8_ranges.empty() ? std::vector<std::vector<Range>>{}
                                                                 : parse_ranges(s.int8_ranges),
                                 .denoiser = s.denoiser_in(denoiser)};
    gradient_ = open_loss_gradient(file, s.shape, normalization, options);
    classifier_ = open_network(file, s.shape, normalization, options);
    batch_ = std::min<std::int64_t>(s.batch, kMostRows);
  }

  const std::string& device() const { return device_; }
  Target target() const { return {*classifier_, *gradient_, batch_}; }

 private:
  static fs::path certified_file(const char* what, const fs::path& file,
                                 const std::string& sha256) {
    if (!fs::is_regular_file(file)) {
      throw DataError("{0}: the {1} of the run is not there; --{1} says where it is", file.string(),
                      what);
    }
    if (sha256_of_file(file) != sha256) {
      throw DataError("{}: not the {} that was certified", file.string(), what);
    }
    return file;
  }

  static constexpr std::int64_t kMostRows = 256;  ///< PREDICT asks for a few hundred at a time

  std::string device_;
  std::unique_ptr<Network> classifier_;
  std::unique_ptr<LossGradient> gradient_;
  std::int64_t batch_ = 0;
};

/// All that decides the rows; --count only decides how many there are.
Json settings_of(const AttackPlan& p, const RunSettings& s, const AttackedNetwork& network) {
  Json settings{{"schema", 1},
                {"loss", to_string(p.loss)},
                {"steps", p.steps},
                {"step", p.step},
                {"noises", p.noises},
                {"tries", p.tries},
                {"max_radius", p.max_radius},
                {"n", p.n},
                {"alpha", p.alpha},
                {"sigma", p.noise.sigma},
                {"seed", p.seed},
                {"model_sha256", s.model_sha256},
                {"dataset_sha256", s.dataset_sha256},
                {"method", s.method},
                {"device", network.device().substr(0, network.device().find(':'))},
                {"batch", network.target().batch},
                {"libtorch", libtorch_version()}};
  if (const auto norm = p.noise.family->norm; norm != "l2") settings["norm"] = norm;
  if (s.denoiser) settings["denoiser_sha256"] = s.denoiser->sha256;
  if (p.scores) {
    settings["score_link"] = to_string(p.scores->link);
    settings["temperature"] = p.scores->temperature;
  }
  return settings;
}

/// Attacks the images that have no row yet.
void attack_rest(const CertifiedRun& run, const Dataset& data, const AttackedNetwork& network,
                 const AttackPlan& plan, int workers, AttackRecord& record, const StopFlag& stop,
                 spdlog::logger& log) {
  const std::size_t done = record.images().size();
  StepClock clock;
  compute_in_order<AttackedImage>(
      run.wanted - std::min(done, run.wanted), workers,
      [&](std::size_t i) -> AttackedImage {
        const Certificate& c = run.certificates[done + i];
        if (c.abstained()) return {c.index, c.label};
        return attack_image(data.at(c.index), c, network.target(), plan, stop);
      },
      [&](const AttackedImage& image) {
        record.append(image);
        const auto images = static_cast<std::int64_t>(record.images().size());
        const auto wanted = static_cast<std::int64_t>(run.wanted);
        if (const auto left = clock.due(images, wanted)) {
          log.info("{} of {} images attacked{}", images, wanted, *left);
        }
      },
      stop);
}

ExitCode attack(const AttackOptions& o) {
  if (o.count == 0 || o.count < -1) throw InputError("--count: must be positive");
  if (!o.radii.empty()) parse_radii(o.radii);  // not after hours of work
  if (o.workers < 0 || o.workers > 1024) throw InputError("--workers: must be between 0 and 1024");
  const StopFlag& stop = stop_on_signals();
  const auto log = make_logger(o.log);
  const CertifiedRun run = read_certificates(o, *log);
  const AttackPlan plan = make_plan(o, run.manifest.settings);
  OptionSet where;
  set_from_environment(where, finds_data);
  set_from_flags(where, o.data);
  const auto data = open_dataset_of_run(run.manifest, where);
  const AttackedNetwork network(o, run.manifest);
  AttackRecord record(o.run, settings_of(plan, run.manifest.settings, network),
                      plan.noise.family->norm, run.certificates, o.fresh);
  log->info("{} images, {} balls up to {:.4g}, {} steps of {} over {} noise draws, {} loss, on {}",
            run.wanted, norm_symbol(plan.noise.family->norm), plan.max_radius, plan.steps,
            plan.step, plan.noises, to_string(plan.loss), network.device());
  if (!record.images().empty()) log->info("resuming behind {} images", record.images().size());
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  attack_rest(run, *data, network, plan, o.workers > 0 ? o.workers : cores, record, stop, *log);
  if (record.images().size() < run.wanted) {
    log->warn("stopped with {} of {} images attacked; the same command resumes",
              record.images().size(), run.wanted);
    return ExitCode::kInterrupted;
  }
  record.close();
  const Challenge c =
      write_attack_results(o.run, run.manifest.settings, plan, record.images(), o.radii, std::cout);
  return c.contradicts() ? ExitCode::kFailedCheck : ExitCode::kDone;
}

void add_plan_options(CLI::App& command, AttackOptions& o) {
  AttackPlan& p = o.plan;
  command
      .add_option("--loss", o.loss,
                  "What is climbed: cohen (mean of the base classifier's losses) or soft (loss of "
                  "the mean softmax)")
      ->type_name("cohen|soft")
      ->capture_default_str();
  command.add_option("--steps", p.steps, "Of gradient descent in each ball")->capture_default_str();
  command
      .add_option("--step", p.step,
                  "Their length, in the norm of the radii; 2 × radius / steps in balls that they "
                  "would not cross")
      ->capture_default_str();
  command.add_option("--noises", p.noises, "Noise draws of each step's gradient")
      ->capture_default_str();
  command.add_option("--tries", p.tries, "Balls an image, at most")->capture_default_str();
  command.add_option("--max-radius", o.max_radius, "Largest ball [8 σ; of ℓ1 radii 16 λ]");
  command.add_option(
      "--n", o.n,
      fmt::format("Samples of PREDICT at the point found in a ball [{}; splitting:all: all]", p.n));
  command.add_option(
      "--alpha", o.alpha,
      "Of PREDICT, for all tries of an image together [the run's; splitting:all: 0]");
  command.add_option(
      "--seed", o.seed,
      fmt::format(
          "Of the noise, which no certificate shares whatever it is [{}; where the seed says "
          "where splitting noise cuts, the run's]",
          p.seed));
}

}  // namespace

void add_attack_command(CLI::App& app, int& exit_code) {
  auto* command = add_network_command(app, "attack");
  const auto o = std::make_shared<AttackOptions>();
  add_option_flags(*command, o->data, finds_data);
  command->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  command->add_option("run", o->run, "Folder of a run")->type_name("RUN")->required();
  add_plan_options(*command, *o);
  command->add_option("--count", o->count, "Only the first so many images of the run [all]");
  command->add_option("--radii", o->radii, "Radii of the table: 0:2:0.25 or 0,0.25,0.5");
  command->add_option("--model", o->model, "Where the run's model is now")->type_name("FILE");
  command->add_option("--denoiser", o->denoiser, "Where the run's denoiser is now")
      ->type_name("FILE");
  command->add_option("--device", o->device, "Where; cuda:K is the K-th GPU, from 0 [as the run]")
      ->type_name(kOneDevice);
  command->add_option("--workers", o->workers, "Images attacked at once [one a core]");
  command->add_flag("--fresh", o->fresh, "Start over");
  command->add_option("--log-format", o->log.format, "text or json")->capture_default_str();
  command->add_flag("--quiet", o->log.quiet, "Warnings and errors only");
  command->footer(
      "An attack is found where PREDICT, on fresh noise, answers another class than the\n"
      "certificate; abstention is none. Of a method on scores, where another class has the larger\n"
      "mean score; of noise that takes all samples, where another class has as many. Points are\n"
      "not clipped to [0,1] where certificates hold for all of the ball. Exit code 1: more attacks "
      "inside certificates than their α allows.");
  command->callback([o, &exit_code] { exit_code = static_cast<int>(attack(*o)); });
}

}  // namespace certify
