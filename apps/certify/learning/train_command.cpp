#include "apps/certify/commands.h"

#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/certify/learning/train_options.h"
#include "apps/certify/options/run_dataset.h"
#include "apps/certify/run/signals.h"
#include "apps/certify/version.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/runs/run_lock.h"
#include "models/learning/training/training.h"
#include "models/model_catalogue.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kTrainingFile = "checkpoint.pt";

/// The architecture for images of this kind. @throws InputError where it takes no such images.
Architecture architecture_for(Architecture a, const DatasetInfo& data) {
  const ImageShape& shape = data.shape;
  const bool resnet = a.family != Architecture::Family::kSmallCnn;
  if (resnet) a.channels = shape.channels;
  a.classes = static_cast<int>(data.class_names.size());
  if (!resnet && shape != a.input()) {
    throw InputError("{} takes images of {} x {} x {}, those of {} have {} x {} x {}", a.name,
                     a.channels, a.side, a.side, data.name, shape.channels, shape.height,
                     shape.width);
  }
  return a;
}

std::string name_of(const TrainOptions& o, const Architecture& architecture) {
  const Augmentation& a = o.plan.augmentation;
  std::string name = fmt::format("{}_{}{}", o.images.request.name,
                                 o.plan.denoises ? "denoiser_" : "", architecture.name);
  if (const std::string_view kind = kind_of(*a.family); !kind.empty()) {
    name += fmt::format("_{}", kind);
  }
  return name + (o.lambda ? fmt::format("_lambda{}", *o.lambda) : fmt::format("_sigma{}", a.sigma));
}

/// A training on its way: what was asked for, opened and checked.
class TrainCommand {
 public:
  explicit TrainCommand(const TrainOptions& o)
      : options_(o),
        log_(make_logger(o.job.log)),
        device_(training_device(o)),
        data_(open_training_data(o.images)),
        architecture_(architecture_for(o.architecture(), data_.train->info())),
        name_(name_of(o, architecture_)),
        out_(o.job.out.empty() ? fs::path("training") / name_ : fs::path(o.job.out)),
        normalization_(o.normalize.empty() ? usual_normalization() : o.normalize),
        network_(architecture_, o.plan.denoises ? Normalization{} : normalization(),
                 o.plan.augmentation.seed, device_),
        training_(*data_.train, *data_.test, o.plan, network_) {
    if (!o.plan.denoises) return;
    const DatasetInfo& info = data_.train->info();
    classes_of_network(info, o.model,
                       network_.set_classifier(o.model, info.shape, normalization()));
  }

  ExitCode run() {
    const StopFlag& stop = stop_on_signals();
    fs::create_directories(out_);
    const RunLock lock(out_);
    const fs::path checkpoint = out_ / kTrainingFile;
    if (fs::exists(checkpoint) && !options_.job.fresh) resume(checkpoint);
    log_->info("{} on {} at sigma {} (in units of the [0,1] input): {} epochs of {} steps, on {}",
               architecture_.name, options_.images.request.name, options_.plan.augmentation.sigma,
               options_.plan.epochs, training_.steps_per_epoch(), device_.device);
    if (options_.plan.denoises) {
      log_->info(
          "the loss is the squared error in units of σ² for {} epochs, then for {} the cross "
          "entropy of what {} answers to clean images",
          options_.plan.epochs - options_.plan.stability_epochs, options_.plan.stability_epochs,
          options_.model);
    }
    train(checkpoint, stop);
    if (static_cast<std::int64_t>(progress_.epochs.size()) < options_.plan.epochs) {
      log_->warn("stopped after {} of {} steps; the same command resumes", progress_.step,
                 training_.steps());
      return ExitCode::kInterrupted;
    }
    return write_model(stop);
  }

 private:
  Normalization normalization() const {
    return parse_normalization(normalization_, data_.train->info().shape.channels);
  }

  /// Of the data set where it has one; of a classifier behind a denoiser, its own.
  std::string usual_normalization() const {
    if (options_.plan.denoises) {
      return normalization_of(card_of(options_.model));
    }
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
              {"noise", a.family->stream},
              {"less_noise", a.less_noise},
              {"epochs", p.epochs},
              {"batch", p.batch},
              {"learning_rate", p.descent.learning_rate},
              {"momentum", p.descent.momentum},
              {"weight_decay", p.descent.weight_decay},
              {"warmup_epochs", p.warmup_epochs},
              {"padding", a.padding},
              {"flips", a.flips},
              {"seed", a.seed},
              {"device", device_.device.substr(0, device_.device.find(':'))},
              {"precision", to_string(device_.precision)},
              {"libtorch", libtorch_version()}};
    if (p.denoises) {
      json["task"] = "denoiser";
      json["optimizer"] = p.descent.adam ? "adam" : "sgd";
      json["stability_epochs"] = p.stability_epochs;
      json["classifier"] = fs::path(options_.model).stem().string();
      json["classifier_sha256"] = sha256_of_file(options_.model);
    }
    if (device_.device == "cpu") json["threads"] = device_.threads;
    if (!data_.slice.empty()) json["trained_on"] = data_.slice;
    return json;
  }

  std::string state() const {
    return Json{{"settings", settings_}, {"progress", Json::parse(to_json(progress_))}}.dump();
  }

  void resume(const fs::path& checkpoint) {
    const Json stored = Json::parse(network_.restore(checkpoint));
    require_same_settings(stored.at("settings"), settings_, checkpoint, "training");
    progress_ = progress_from_json(stored.at("progress").dump());
    log_->info("resuming behind step {} of {}", progress_.step, training_.steps());
  }

  void write_log() const {
    replace_file(out_ / "log.csv", training_csv(progress_.epochs));
    if (progress_.epochs.empty()) return;
    replace_file(out_ / "loss.svg", training_svg(progress_.epochs, options_.plan.epochs, name_));
  }

  void train(const fs::path& checkpoint, const StopFlag& stop) {
    Training::Events events;
    events.store = [&] { replace_file(checkpoint, network_.checkpoint(state())); };
    events.step_done = [this](std::int64_t step, double loss) {
      if (const auto left = clock_.due(step, training_.steps())) {
        log_->info("step {} of {}, loss {:.4f}{}", step, training_.steps(), loss, *left);
      }
    };
    events.epoch_done = [this](const EpochResult& e) {
      write_log();
      log_->info("epoch {}: loss {:.4f}, accuracy {:.4f} clean, {:.4f} noisy, {:.0f} s", e.epoch,
                 e.loss, e.accuracy_clean, e.accuracy_noisy, e.seconds);
    };
    try {
      training_.run(progress_, events, stop);
    } catch (const DataError& error) {
      throw DataError(
          "{}; {}", error.what(),
          fs::exists(checkpoint)
              ? fmt::format("the last good checkpoint is {}", checkpoint.string())
              : "there is no checkpoint yet; a smaller --lr or a longer --warmup may help");
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
              {"sha256", sha256_of_file(model)},
              {"trained_by", fmt::format("certify {}", kVersion)},
              {"accuracy_clean", clean},
              {"accuracy_noisy", noisy}};
    if (!options_.plan.denoises) card["classes"] = architecture_.classes;
    card.update(settings_);
    card["normalization"] = options_.plan.denoises ? "none" : "inside";
    replace_file(fs::path(model).replace_extension(".json"), card.dump(2) + "\n");
    std::cout << fmt::format("{}: accuracy {:.4f} clean, {:.4f} noisy{}\n", model.string(), clean,
                             noisy, options_.plan.denoises ? ", with " + options_.model : "");
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
  StepClock clock_;
};

}  // namespace

void add_train_command(CLI::App& app, int& exit_code) {
  auto* command = add_network_command(app, "train");
  const auto o = std::make_shared<TrainOptions>();
  add_train_flags(*command, *o);
  command->callback([o, command, &exit_code] {
    settle_train_options(*command, *o);
    exit_code = static_cast<int>(TrainCommand(*o).run());
  });
}

}  // namespace certify
