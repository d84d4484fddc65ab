#include "apps/certify/networks/train_command.h"

#include <chrono>
#include <iostream>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/certify/logging.h"
#include "apps/certify/networks/training_data.h"
#include "apps/certify/options/option_flags.h"
#include "apps/certify/run/signals.h"
#include "apps/certify/version.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/runs/run_lock.h"
#include "models/devices.h"
#include "models/torchscript_classifier.h"
#include "models/training/training.h"
#include "models/training/training_log.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kCheckpointFile = "checkpoint.pt";

struct TrainOptions {
  TypedOptions typed;  ///< those that open data
  TrainingImages images;
  std::string arch = "resnet20", normalize, device = "auto", precision, out;
  TrainingPlan plan;
  std::optional<bool> flips;
  bool half = false, fresh = false;
  int threads = 1;  ///< LibTorch's own threads wait for each other, for long on a busy machine
  LogOptions log;
};

void check(bool right, const char* flag, double value, const char* expected) {
  if (!right) throw InputError(fmt::format("{} {}: {}", flag, value, expected));
}

void check(const TrainOptions& o) {
  const TrainingPlan& p = o.plan;
  const auto number = [](std::int64_t value) { return static_cast<double>(value); };
  check(p.augmentation.sigma >= 0 && p.augmentation.sigma <= 1e6, "--sigma", p.augmentation.sigma,
        "must be between 0 and 1e6");
  check(p.epochs >= 1 && p.epochs <= 100'000, "--epochs", number(p.epochs),
        "must be between 1 and 100000");
  check(p.batch >= 2 && p.batch <= 65'536, "--batch", number(p.batch),
        "must be between 2 and 65536");
  check(p.sgd.learning_rate > 0 && p.sgd.learning_rate <= 1e3, "--lr", p.sgd.learning_rate,
        "must be positive and at most 1000");
  check(p.sgd.momentum >= 0 && p.sgd.momentum < 1, "--momentum", p.sgd.momentum,
        "must be at least 0 and below 1");
  check(p.sgd.weight_decay >= 0 && p.sgd.weight_decay < 1, "--weight-decay", p.sgd.weight_decay,
        "must be at least 0 and below 1");
  check(p.warmup_epochs >= 0 && p.warmup_epochs < number(p.epochs), "--warmup", p.warmup_epochs,
        "must be at least 0 and less than all epochs");
  check(p.augmentation.padding >= 0 && p.augmentation.padding <= 64, "--padding",
        p.augmentation.padding, "must be between 0 and 64");
  check(p.augmentation.less_noise >= 0 && p.augmentation.less_noise <= 1, "--less-noise",
        p.augmentation.less_noise, "must be between 0 and 1");
  check(o.threads >= 1 && o.threads <= 1024, "--threads", o.threads, "must be between 1 and 1024");
}

/// What was not typed is as suits the architecture.
void take_recipe(const CLI::App& command, TrainOptions& o) {
  const TrainingRecipe& recipe = find_architecture(o.arch).recipe;
  if (command.count("--epochs") == 0) o.plan.epochs = recipe.epochs;
  if (command.count("--weight-decay") == 0) o.plan.sgd.weight_decay = recipe.weight_decay;
  if (command.count("--less-noise") == 0) o.plan.augmentation.less_noise = recipe.less_noise;
}

TrainingDevice resolve_device(const TrainOptions& o) {
  TrainingDevice d;
  d.device = resolve_devices(o.device).at(0);
  const bool host = d.device == "cpu";
  d.precision = parse_precision(o.precision.empty() ? (host ? "fp32" : "bf16") : o.precision);
  if (d.precision != Precision::kFp32 && (host || d.precision != Precision::kBf16)) {
    throw InputError(fmt::format("--precision {}: {}", o.precision,
                                 host ? "on the CPU there is fp32 only" : "expected fp32 or bf16"));
  }
  d.threads = o.threads;
  return d;
}

/// The architecture for images of this kind. @throws InputError where it takes no such images.
Architecture architecture_for(const std::string& name, const DatasetInfo& data) {
  Architecture a = find_architecture(name);
  const ImageShape& shape = data.shape;
  const bool resnet = a.family == Architecture::Family::kResNet;
  if (resnet) a.channels = shape.channels;
  if (!resnet && shape != a.input()) {
    throw InputError(fmt::format("{} takes images of {} x {} x {}, those of {} have {} x {} x {}",
                                 a.name, a.channels, a.side, a.side, data.name, shape.channels,
                                 shape.height, shape.width));
  }
  return a;
}

/// A training on its way: what was asked for, opened and checked.
class TrainCommand {
 public:
  explicit TrainCommand(const TrainOptions& o)
      : options_(o),
        log_(make_logger(o.log)),
        device_(resolve_device(o)),
        data_(open_training_data(o.images)),
        architecture_(architecture_for(o.arch, data_.train->info())),
        name_(fmt::format("{}_{}_sigma{}", o.images.request.name, architecture_.name,
                          o.plan.augmentation.sigma)),
        out_(o.out.empty() ? fs::path("training") / name_ : fs::path(o.out)),
        normalization_(o.normalize.empty() ? usual_normalization() : o.normalize),
        network_(architecture_, classes(),
                 parse_normalization(normalization_, data_.train->info().shape.channels),
                 o.plan.augmentation.seed, device_),
        training_(*data_.train, *data_.test, o.plan, network_) {}

  ExitCode run() {
    const StopFlag& stop = stop_on_signals();
    fs::create_directories(out_);
    const RunLock lock(out_);
    const fs::path checkpoint = out_ / kCheckpointFile;
    if (fs::exists(checkpoint) && !options_.fresh) resume(checkpoint);
    log_->info("{} on {} at sigma {} (in units of the [0,1] input): {} epochs of {} steps, on {}",
               architecture_.name, options_.images.request.name, options_.plan.augmentation.sigma,
               options_.plan.epochs, training_.steps_per_epoch(), device_.device);
    train(checkpoint, stop);
    if (static_cast<std::int64_t>(progress_.epochs.size()) < options_.plan.epochs) {
      log_->warn("stopped after {} of {} steps; the same command resumes", progress_.step,
                 training_.steps());
      return ExitCode::kInterrupted;
    }
    return write_model(stop);
  }

 private:
  int classes() const { return static_cast<int>(data_.train->info().class_names.size()); }

  /// Of the data set where it has one.
  std::string usual_normalization() const {
    const std::string& dataset = options_.images.request.name;
    return has_normalization(dataset) ? dataset : architecture_.normalization;
  }

  /// All that decides the result.
  Json settings() const {
    const TrainingPlan& p = options_.plan;
    const Augmentation& a = p.augmentation;
    Json json{{"dataset", options_.images.request.name},
              {"train_data_sha256", data_.train->sha256()},
              {"test_data_sha256", data_.test->sha256()},
              {"architecture", architecture_.name},
              {"normalization", normalization_},
              {"sigma", a.sigma},
              {"less_noise", a.less_noise},
              {"epochs", p.epochs},
              {"batch", p.batch},
              {"learning_rate", p.sgd.learning_rate},
              {"momentum", p.sgd.momentum},
              {"weight_decay", p.sgd.weight_decay},
              {"warmup_epochs", p.warmup_epochs},
              {"padding", a.padding},
              {"flips", a.flips},
              {"seed", a.seed},
              {"device", device_.device.substr(0, device_.device.find(':'))},
              {"precision", to_string(device_.precision)},
              {"libtorch", libtorch_version()}};
    if (device_.device == "cpu") json["threads"] = device_.threads;
    if (!data_.slice.empty()) json["trained_on"] = data_.slice;
    return json;
  }

  std::string state() const {
    return Json{{"settings", settings_}, {"progress", Json::parse(to_json(progress_))}}.dump();
  }

  void resume(const fs::path& checkpoint) {
    const Json stored = Json::parse(network_.restore(checkpoint));
    std::string differing;
    for (const auto& [key, value] : settings_.items()) {
      const Json before = stored.at("settings").value(key, Json());
      if (before != value)
        differing += fmt::format("\n  {}: {}, now {}", key, before.dump(), value.dump());
    }
    if (!differing.empty()) {
      throw DataError(fmt::format("{} is of another training (--fresh starts over):{}",
                                  checkpoint.string(), differing));
    }
    progress_ = progress_from_json(stored.at("progress").dump());
    log_->info("resuming behind step {} of {}", progress_.step, training_.steps());
  }

  void write_log() const {
    replace_file(out_ / "log.csv", training_csv(progress_.epochs));
    if (progress_.epochs.empty()) return;
    replace_file(out_ / "loss.svg", training_svg(progress_.epochs, options_.plan.epochs, name_));
  }

  void tell_step(std::int64_t step, double loss) {
    constexpr std::chrono::seconds kBetweenLines{30};
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ < kBetweenLines) return;
    told_ = now;
    log_->info("step {} of {}, loss {:.4f}", step, training_.steps(), loss);
  }

  void train(const fs::path& checkpoint, const StopFlag& stop) {
    Training::Events events;
    events.store = [&] { replace_file(checkpoint, network_.checkpoint(state())); };
    events.step_done = [this](std::int64_t step, double loss) { tell_step(step, loss); };
    events.epoch_done = [this](const EpochResult& e) {
      write_log();
      log_->info("epoch {}: loss {:.4f}, accuracy {:.4f} clean, {:.4f} noisy, {:.0f} s", e.epoch,
                 e.loss, e.accuracy_clean, e.accuracy_noisy, e.seconds);
    };
    try {
      training_.run(progress_, events, stop);
    } catch (const DataError& error) {
      throw DataError(fmt::format(
          "{}; {}", error.what(),
          fs::exists(checkpoint)
              ? fmt::format("the last good checkpoint is {}", checkpoint.string())
              : "there is no checkpoint yet; a smaller --lr or a longer --warmup may help"));
    }
  }

  /// The accuracies are those of the file, so of rounded weights.
  ExitCode write_model(const StopFlag& stop) {
    write_log();
    if (options_.half) network_.round_to_half();
    const std::int64_t draw = options_.plan.epochs;
    const double clean = training_.accuracy(0, draw, stop);
    const double noisy = training_.accuracy(options_.plan.augmentation.sigma, draw, stop);
    if (stop) return ExitCode::kInterrupted;
    const fs::path model = out_ / (name_ + ".pt");
    replace_file(model, network_.torchscript(options_.half ? WeightBits::k16 : WeightBits::k32));
    const ImageShape& shape = data_.train->info().shape;
    Json card{{"schema", 1},
              {"name", name_},
              {"input", {shape.channels, shape.height, shape.width}},
              {"classes", classes()},
              {"sha256", sha256_of_file(model)},
              {"trained_by", fmt::format("certify {}", kVersion)},
              {"accuracy_clean", clean},
              {"accuracy_noisy", noisy}};
    card.update(settings_);
    card["normalization"] = "inside";
    replace_file(fs::path(model).replace_extension(".json"), card.dump(2) + "\n");
    std::cout << fmt::format("{}: accuracy {:.4f} clean, {:.4f} noisy\n", model.string(), clean,
                             noisy);
    return ExitCode::kDone;
  }

  const TrainOptions& options_;
  std::shared_ptr<spdlog::logger> log_;
  TrainingDevice device_;
  TrainingData data_;
  Architecture architecture_;
  std::string name_;
  fs::path out_;
  std::string normalization_;
  TrainableNetwork network_;
  Training training_;
  Json settings_ = settings();
  TrainingProgress progress_;
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

}  // namespace

void add_train_command(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("train", "Train a network with Gaussian noise, to be certified");
  const auto o = std::make_shared<TrainOptions>();
  TrainingPlan& p = o->plan;
  Augmentation& a = p.augmentation;
  add_training_image_flags(*command, o->typed);
  command->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  command->add_option("--arch", o->arch, "Network, as for certify export")
      ->type_name("ARCH")
      ->capture_default_str();
  command
      ->add_option("--sigma", a.sigma,
                   "Standard deviation of the noise, in units of the [0,1] input")
      ->required();
  command->add_option("--epochs", p.epochs, "[90; 30 for cnn5]");
  command->add_option("--less-noise", a.less_noise,
                      "Share of the images that get less noise, from none to sigma: helps where "
                      "clean images look too unlike noisy ones [0; 0.25 for cnn5]");
  command->add_option("--batch", p.batch, "Images a step")->capture_default_str();
  command->add_option("--lr", p.sgd.learning_rate, "Learning rate at its peak")
      ->capture_default_str();
  command->add_option("--warmup", p.warmup_epochs, "Epochs in which it climbs there")
      ->capture_default_str();
  command->add_option("--momentum", p.sgd.momentum)->capture_default_str();
  command->add_option("--weight-decay", p.sgd.weight_decay, "[1e-4; 5e-4 for cnn5]");
  command->add_option("--padding", a.padding, "Pixels by which crops move about")
      ->capture_default_str();
  command->add_flag("--flips,!--no-flips", o->flips,
                    "Mirror half of the images, or none [--flips, but not for mnist]");
  command->add_option("--normalize", o->normalize,
                      "What the network does to its input [of the architecture]");
  command->add_option("--seed", a.seed, "Of weights, order, crops and noise")
      ->capture_default_str();
  command->add_flag("--half", o->half, "Store the model's weights in 16 bits: half the file");
  command->add_option("--device", o->device, "Where; cuda:K is the K-th GPU, from 0")
      ->type_name(kOneDevice)
      ->capture_default_str();
  command->add_option("--precision", o->precision, "fp32, or bf16 (mixed) on a GPU [bf16 there]")
      ->type_name("fp32|bf16");
  command->add_option("--threads", o->threads, "Of the CPU; more only help where nothing else runs")
      ->capture_default_str();
  command->add_option("--out", o->out,
                      "Folder of checkpoint, log and model [training/DATASET_ARCH_sigmaSIGMA]");
  command->add_flag("--fresh", o->fresh, "Start over");
  command->add_option("--log-format", o->log.format, "text or json")->capture_default_str();
  command->add_flag("--quiet", o->log.quiet, "Warnings and errors only");
  command->callback([o, command, &exit_code] {
    o->images = training_images(o->typed);
    o->plan.augmentation.flips = o->flips.value_or(o->images.request.name != "mnist");
    take_recipe(*command, *o);
    check(*o);
    exit_code = static_cast<int>(TrainCommand(*o).run());
  });
}

}  // namespace certify
