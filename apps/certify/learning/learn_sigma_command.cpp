#include "apps/certify/commands.h"

#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/certify/learning/training_data.h"
#include "apps/certify/resumable_job.h"
#include "apps/certify/run/signals.h"
#include "apps/certify/version.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/runs/run_lock.h"
#include "core/sigma_map/sigma_map_file.h"
#include "data/images/element_pictures.h"
#include "data/images/rgb_image.h"
#include "models/learning/sigma_learning/network_gradient.h"
#include "models/learning/sigma_learning/sigma_learning.h"
#include "models/libtorch_settings.h"
#include "models/model_catalogue.h"
#include "models/network.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCheckpointFile = "checkpoint.cbor";

struct LearnOptions {
  TypedOptions typed;
  TrainingImages images;
  std::string model, denoiser, normalize, output;
  SigmaPlan plan;
  JobOptions job;
};

void check(const SigmaPlan& p) {
  const auto number = [](std::int64_t value) { return static_cast<double>(value); };
  check_flag(p.init > 0 && p.init <= 1e6, "--init", p.init, "must be positive and at most 1e6");
  check_flag(p.epochs >= 1 && p.epochs <= 100'000, "--epochs", number(p.epochs),
             "must be between 1 and 100000");
  check_flag(p.samples >= 1 && p.samples <= 65'536, "--samples", number(p.samples),
             "must be between 1 and 65536");
  check_flag(number(p.epochs) * number(p.samples) < 0x1p32, "--samples", number(p.samples),
             "times the epochs must stay below 2^32");
  check_flag(p.batch >= 1 && p.batch <= 65'536, "--batch", number(p.batch),
             "must be between 1 and 65536");
  check_flag(p.learning_rate > 0 && p.learning_rate <= 1e3, "--lr", p.learning_rate,
             "must be positive and at most 1000");
  check_flag(p.learning_rate_decay > 0 && p.learning_rate_decay <= 1, "--lr-decay",
             p.learning_rate_decay, "must be positive and at most 1");
}

/// A learning on its way: what was asked for, opened and checked.
class LearnCommand {
 public:
  explicit LearnCommand(const LearnOptions& o)
      : options_(o),
        log_(make_logger(o.job.log)),
        images_(open_part(o.images)),
        device_(resolve_devices(o.job.device).at(0)),
        normalize_(normalization_of_model()),
        normalization_(parse_normalization(normalize_, images_->info().shape.channels)),
        out_(o.job.out.empty() ? default_out() : fs::path(o.job.out)) {
    check_network();
    classifier_ = open_network_gradient(o.model, images_->info().shape, normalization_,
                                        network_options(device_));
    learning_ = std::make_unique<SigmaLearning>(*images_, o.plan, *classifier_);
    settings_ = settings();
    progress_ = learning_->start();
  }

  ExitCode run() {
    const StopFlag& stop = stop_on_signals();
    fs::create_directories(out_);
    const RunLock lock(out_);
    const fs::path checkpoint = out_ / kCheckpointFile;
    if (fs::exists(checkpoint) && !options_.job.fresh) resume(checkpoint);
    log_->info("sigma for {} on {} images of {} {}: {} epochs, {} steps, on {}", options_.model,
               images_->size(), images_->info().name, images_->info().split, options_.plan.epochs,
               learning_->steps(), device_);
    learn(checkpoint, stop);
    if (static_cast<std::int64_t>(progress_.epochs.size()) < options_.plan.epochs) {
      log_->warn("stopped after {} of {} steps; the same command resumes", progress_.step,
                 learning_->steps());
      return ExitCode::kInterrupted;
    }
    return write_map();
  }

 private:
  fs::path default_out() const {
    return fs::path("sigma") / fmt::format("{}-{}-init{}", images_->info().name,
                                           fs::path(options_.model).stem().string(),
                                           options_.plan.init);
  }

  std::string normalization_of_model() const {
    if (!options_.normalize.empty()) return options_.normalize;
    const auto card = card_of(options_.model);
    if (card) require_classifier(*card);
    return normalization_of(card);
  }

  /// A diffusion model takes off noise of one sigma, which a map has not: direct is the only kind.
  NetworkOptions network_options(const std::string& device) const {
    NetworkOptions options;
    options.device = device;
    options.output = options_.output;
    options.denoiser.file = options_.denoiser;
    return options;
  }

  /// As a run would load it: what no run can use is not worth learning for.
  void check_network() const {
    const auto tried =
        open_network(options_.model, images_->info().shape, normalization_, network_options("cpu"));
    classes_of_network(images_->info(), options_.model, tried->num_classes());
  }

  /// All that decides the map.
  Json settings() const {
    const SigmaPlan& p = options_.plan;
    const Slice& slice = options_.images.slice;
    Json all{{"dataset", images_->info().name},
             {"dataset_sha256", images_->sha256()},
             {"split", images_->info().split},
             {"start", slice.start},
             {"skip", slice.skip},
             {"count", images_->size()},
             {"model", fs::path(options_.model).stem().string()},
             {"model_sha256", sha256_of_file(options_.model)},
             {"normalization", normalize_},
             {"init", p.init},
             {"epochs", p.epochs},
             {"batch", p.batch},
             {"samples", p.samples},
             {"learning_rate", p.learning_rate},
             {"learning_rate_decay", p.learning_rate_decay},
             {"n", p.n},
             {"alpha", p.alpha},
             {"seed", p.seed},
             {"device", device_.substr(0, device_.find(':'))},
             {"libtorch", libtorch_version()}};
    if (!options_.denoiser.empty()) {
      all["denoiser"] = fs::path(options_.denoiser).stem().string();
      all["denoiser_sha256"] = sha256_of_file(options_.denoiser);
    }
    if (!options_.output.empty()) all["output"] = options_.output;
    return all;
  }

  std::string state() const {
    const std::string bytes = to_bytes(progress_);
    const auto state = Json::to_cbor(
        {{"settings", settings_}, {"progress", Json::binary({bytes.begin(), bytes.end()})}});
    return {state.begin(), state.end()};
  }

  void resume(const fs::path& checkpoint) {
    Json stored;
    std::string bytes;
    try {
      stored = Json::from_cbor(read_file(checkpoint));
      const auto& binary = stored.at("progress").get_binary();
      bytes.assign(binary.begin(), binary.end());
      stored = stored.at("settings");
    } catch (const nlohmann::json::exception& error) {
      throw DataError("{}: no checkpoint of learning sigma: {}", checkpoint.string(), error.what());
    }
    require_same_settings(stored, settings_, checkpoint, "learning");
    progress_ = progress_from_bytes(bytes);
    log_->info("resuming behind step {} of {}", progress_.step, learning_->steps());
  }

  void write_log() const {
    replace_file(out_ / "log.csv", sigma_csv(progress_.epochs));
    replace_file(out_ / "log.svg",
                 sigma_svg(progress_.epochs, options_.plan.epochs, out_.filename().string()));
  }

  void learn(const fs::path& checkpoint, const StopFlag& stop) {
    SigmaLearning::Events events;
    events.store = [&] { replace_file(checkpoint, state()); };
    events.step_done = [this](std::int64_t step) {
      if (const auto left = clock_.due(step, learning_->steps())) {
        log_->info("step {} of {}{}", step, learning_->steps(), *left);
      }
    };
    events.epoch_done = [this](const SigmaEpoch& e) {
      write_log();
      log_->info(
          "epoch {}: log area {:.2f}, accuracy {:.4f}, sigma {:.4g} ({:.4g} to {:.4g}), {:.0f} s",
          e.epoch, e.area, e.accuracy, e.sigma_mean, e.sigma_smallest, e.sigma_largest, e.seconds);
    };
    learning_->run(progress_, events, stop);
  }

  /// CHW, as the pixels of an image.
  SigmaMap map() const {
    const ImageShape& shape = images_->info().shape;
    const std::vector<double> hwc = learning_->sigma(progress_);
    std::vector<double> chw(hwc.size());
    const auto channels = static_cast<std::size_t>(shape.channels);
    const std::size_t area = hwc.size() / channels;
    for (std::size_t i = 0; i < hwc.size(); ++i) {
      chw[i % channels * area + i / channels] = hwc[i];
    }
    return make_sigma_map(shape, std::move(chw));
  }

  ExitCode write_map() const {
    write_log();
    const SigmaMap learned = map();
    const SigmaEpoch& last = progress_.epochs.back();
    const fs::path file = out_ / "sigma.npy";
    Json card{{"schema", 1},
              {"sha256", learned.sha256},
              {"shape", {learned.shape.channels, learned.shape.height, learned.shape.width}},
              {"learned_by", fmt::format("certify {}", kVersion)},
              {"area", last.area},
              {"accuracy", last.accuracy},
              {"sigma_mean", last.sigma_mean},
              {"sigma_min", learned.smallest},
              {"sigma_max", learned.largest}};
    card.update(settings_);
    // The card first: a map without one would be taken for any other.
    replace_file(fs::path(file).replace_extension(".json"), card.dump(2) + "\n");
    write_sigma_map(file, learned);
    replace_file(fs::path(file).replace_extension(".png"), encode_png(sigma_map_picture(learned)));
    std::cout << fmt::format(
        "{}: sigma {:.4g} ({:.4g} to {:.4g}); log area {:.2f}, accuracy {:.4f} of the images it "
        "was learned on\n",
        file.string(), last.sigma_mean, learned.smallest, learned.largest, last.area,
        last.accuracy);
    return ExitCode::kDone;
  }

  const LearnOptions& options_;
  std::shared_ptr<spdlog::logger> log_;
  std::unique_ptr<Dataset> images_;
  std::string device_, normalize_;
  Normalization normalization_;
  fs::path out_;
  std::unique_ptr<DifferentiableClassifier> classifier_;
  std::unique_ptr<SigmaLearning> learning_;
  Json settings_;
  SigmaProgress progress_;
  StepClock clock_;
};

}  // namespace

void add_learn_sigma_command(CLI::App& app, int& exit_code) {
  auto* command = add_network_command(app, "learn-sigma");
  const auto o = std::make_shared<LearnOptions>();
  SigmaPlan& p = o->plan;
  add_training_image_flags(*command, o->typed);
  command->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  command->add_option("--model", o->model, "TorchScript file, as for a run")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--denoiser", o->denoiser,
                   "In front of it, as for a run; of kind direct, as a map has no one sigma")
      ->type_name("FILE");
  command->add_option("--normalize", o->normalize, "As for a run [what the model's card says]");
  command->add_option("--output", o->output, "As for a run");
  command->add_option("--init", p.init, "Sigma to begin with, in units of the [0,1] input")
      ->capture_default_str();
  command->add_option("--epochs", p.epochs)->capture_default_str();
  command->add_option("--batch", p.batch, "Images a step")->capture_default_str();
  command->add_option("--samples", p.samples, "Noises an image")->capture_default_str();
  command->add_option("--lr", p.learning_rate, "Learning rate of Adam, in units of sigma")
      ->capture_default_str();
  command->add_option("--lr-decay", p.learning_rate_decay, "What each epoch multiplies it by")
      ->capture_default_str();
  command
      ->add_option("--n", p.n,
                   "Samples of the certification to come: a probability beyond alpha^(1/n), which "
                   "they cannot prove, earns nothing")
      ->capture_default_str();
  command->add_option("--alpha", p.alpha, "Of the certification to come")->capture_default_str();
  command->add_option("--seed", p.seed, "Of order and noise")->capture_default_str();
  add_job_flags(*command, o->job,
                "Folder of checkpoint, log, map and its picture [sigma/DATASET-MODEL-initSIGMA]");
  command->callback([o, &exit_code] {
    o->images = training_images(o->typed);
    check(o->plan);
    exit_code = static_cast<int>(LearnCommand(*o).run());
  });
}

}  // namespace certify
