#include "apps/certify/learning/train_options.h"

#include <CLI/CLI.hpp>

#include "core/base/errors.h"
#include "models/libtorch_settings.h"

namespace certify {
namespace {

void settle_noise(TrainOptions& o) {
  Augmentation& a = o.plan.augmentation;
  if (!o.sigma && !o.lambda) {
    throw InputError("--sigma is needed, or --lambda of noise on a cube");
  }
  if (o.sigma && o.lambda) throw InputError("--sigma and --lambda: the noise has one or the other");
  if (o.lambda && !(*o.lambda > 0 && *o.lambda <= 1e6)) {
    throw InputError("--lambda {}: expected a number above 0, at most 1e6", *o.lambda);
  }
  if (a.family->all_samples != nullptr) {
    throw InputError("--noise {}: all that it has are taken, none drawn; train with --noise {}",
                     a.family->name, kind_of(*a.family));
  }
  a.sigma = o.sigma ? *o.sigma : sigma_of_half_side(*a.family, *o.lambda);
  if (a.sigma > 0) a.family->check({a.family, a.sigma});
}

/// Whether noise of a share of its size is noise of the family, as less_noise needs it.
bool takes_less(const Augmentation& a) {
  constexpr double kLeast = 1.0 / 16;
  try {
    a.family->check({a.family, a.sigma * kLeast});
    return true;
  } catch (const InputError&) {
    return false;
  }
}

void check(const TrainOptions& o) {
  const TrainingPlan& p = o.plan;
  const auto number = [](std::int64_t value) { return static_cast<double>(value); };
  check_flag(p.augmentation.sigma >= 0 && p.augmentation.sigma <= 1e6, "--sigma",
             p.augmentation.sigma, "must be between 0 and 1e6");
  check_flag(p.epochs >= 1 && p.epochs <= 100'000, "--epochs", number(p.epochs),
             "must be between 1 and 100000");
  check_flag(p.batch >= 2 && p.batch <= 65'536, "--batch", number(p.batch),
             "must be between 2 and 65536");
  check_flag(p.descent.learning_rate > 0 && p.descent.learning_rate <= 1e3, "--lr",
             p.descent.learning_rate, "must be positive and at most 1000");
  check_flag(p.descent.momentum >= 0 && p.descent.momentum < 1, "--momentum", p.descent.momentum,
             "must be at least 0 and below 1");
  check_flag(p.descent.weight_decay >= 0 && p.descent.weight_decay < 1, "--weight-decay",
             p.descent.weight_decay, "must be at least 0 and below 1");
  check_flag(p.warmup_epochs >= 0 && p.warmup_epochs < number(p.epochs), "--warmup",
             p.warmup_epochs, "must be at least 0 and less than all epochs");
  check_flag(p.augmentation.padding >= 0 && p.augmentation.padding <= 64, "--padding",
             p.augmentation.padding, "must be between 0 and 64");
  check_flag(p.augmentation.less_noise >= 0 && p.augmentation.less_noise <= 1, "--less-noise",
             p.augmentation.less_noise, "must be between 0 and 1");
  check_flag(p.augmentation.less_noise == 0 || takes_less(p.augmentation), "--less-noise",
             p.augmentation.less_noise, "this noise has no smaller sizes of that kind");
  check_flag(o.threads >= 1 && o.threads <= 1024, "--threads", o.threads,
             "must be between 1 and 1024");
}

/// What was not typed is as suits the architecture.
void take_recipe(const CLI::App& command, TrainOptions& o) {
  const TrainingRecipe& recipe = o.architecture().recipe;
  if (command.count("--epochs") == 0) o.plan.epochs = recipe.epochs;
  if (command.count("--warmup") == 0) {
    o.plan.warmup_epochs = std::min(1.0, static_cast<double>(o.plan.epochs) / 2);
  }
  o.plan.descent.adam = recipe.adam;
  if (command.count("--lr") == 0) o.plan.descent.learning_rate = recipe.learning_rate;
  if (command.count("--weight-decay") == 0) o.plan.descent.weight_decay = recipe.weight_decay;
  if (command.count("--less-noise") == 0 && takes_less(o.plan.augmentation)) {
    o.plan.augmentation.less_noise = recipe.less_noise;
  }
}

/// A quarter of its epochs a denoiser learns from the classifier's answers: Salman et al. gave them
/// twenty of a hundred.
void settle_denoiser(const CLI::App& command, TrainOptions& o) {
  TrainingPlan& p = o.plan;
  p.denoises = !o.denoiser.empty();
  if (!p.denoises) {
    for (const char* flag : {"--model", "--stability-epochs"}) {
      if (command.count(flag) > 0) throw InputError("{}: there is no --denoiser", flag);
    }
    return;
  }
  if (command.count("--arch") > 0) {
    throw InputError(
        "--arch and --denoiser: one of them is trained; --model is what stands behind");
  }
  if (o.model.empty()) {
    throw InputError(
        "--denoiser: --model is needed, the classifier that will stand behind it: its answers are "
        "what is to stay, and its accuracy is measured");
  }
  if (!(p.augmentation.sigma > 0)) throw InputError("--denoiser: there is no noise at --sigma 0");
  p.stability_epochs = o.stability_epochs.value_or((p.epochs + 3) / 4);
  if (p.stability_epochs < 0 || p.stability_epochs > p.epochs) {
    throw InputError("--stability-epochs {}: must be between 0 and all {} epochs",
                     p.stability_epochs, p.epochs);
  }
}

}  // namespace

const Architecture& TrainOptions::architecture() const {
  return denoiser.empty() ? find_architecture(arch) : find_denoiser_architecture(denoiser);
}

void add_train_flags(CLI::App& command, TrainOptions& o) {
  TrainingPlan& p = o.plan;
  Augmentation& a = p.augmentation;
  add_training_image_flags(command, o.typed);
  command.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  command.add_option("--arch", o.arch, "Network, as for certify export")
      ->type_name("ARCH")
      ->capture_default_str();
  command
      .add_option("--denoiser", o.denoiser,
                  "In place of --arch: a denoiser, to stand in front of --model")
      ->type_name("dncnn|dncnn-small");
  command
      .add_option("--model", o.model,
                  "Of a denoiser: the classifier behind it, which stays as it is")
      ->type_name("FILE");
  command.add_option("--stability-epochs", o.stability_epochs,
                     "Of a denoiser: its last epochs, in which it learns to keep the classifier's "
                     "answers; before them it learns the clean images [a quarter of all]");
  command.add_option("--sigma", o.sigma,
                     "Standard deviation of the noise, in units of the [0,1] input");
  command.add_option("--lambda", o.lambda,
                     "In place of --sigma, of noise on a cube: half its side");
  command
      .add_option_function<std::string>(
          "--noise", [&a](const std::string& name) { a.family = &find_noise_family(name); },
          "Family of the noise, as for a run")
      ->type_name("FAMILY")
      ->default_str(std::string(a.family->name));
  command.add_option("--epochs", p.epochs, "[90; 30 for cnn5, 40 for dncnn-small]");
  command.add_option("--less-noise", a.less_noise,
                     "Share of the images that get less noise, from none to sigma: helps where "
                     "clean images look too unlike noisy ones [0; 0.25 for cnn5]");
  command.add_option("--batch", p.batch, "Images a step")->capture_default_str();
  command.add_option("--lr", p.descent.learning_rate,
                     "Learning rate at its peak, of Adam for a denoiser [0.1; 1e-3 for dncnn, 5e-3 "
                     "for dncnn-small]");
  command.add_option("--warmup", p.warmup_epochs,
                     "Epochs in which it climbs there [1, but at most half of all]");
  command.add_option("--momentum", p.descent.momentum)->capture_default_str();
  command.add_option("--weight-decay", p.descent.weight_decay, "[1e-4; 5e-4 for cnn5]");
  command.add_option("--padding", a.padding, "Pixels by which crops move about")
      ->capture_default_str();
  command.add_flag("--flips,!--no-flips", o.flips,
                   "Mirror half of the images, or none [--flips, but not for mnist]");
  command.add_option("--normalize", o.normalize,
                     "What the network, or --model behind a denoiser, does to its input [of the "
                     "architecture; what the model's card says]");
  command.add_option("--seed", a.seed, "Of weights, order, crops and noise")->capture_default_str();
  command.add_flag("--half", o.half, "Store the model's weights in 16 bits: half the file");
  command.add_option("--precision", o.precision, "fp32, or bf16 (mixed) on a GPU [bf16 there]")
      ->type_name("fp32|bf16");
  command.add_option("--threads", o.threads, "Of the CPU; more only help where nothing else runs")
      ->capture_default_str();
  add_job_flags(command, o.job,
                "Folder of checkpoint, log and model [training/DATASET_ARCH_sigmaSIGMA]");
}

void settle_train_options(const CLI::App& command, TrainOptions& o) {
  o.images = training_images(o.typed);
  o.plan.augmentation.flips = o.flips.value_or(o.images.request.name != "mnist");
  settle_noise(o);
  take_recipe(command, o);
  check(o);
  settle_denoiser(command, o);
}

TrainingDevice training_device(const TrainOptions& o) {
  TrainingDevice d;
  d.device = resolve_devices(o.job.device).at(0);
  const bool host = d.device == "cpu";
  d.precision = parse_precision(o.precision.empty() ? (host ? "fp32" : "bf16") : o.precision);
  if (d.precision != Precision::kFp32 && (host || d.precision != Precision::kBf16)) {
    throw InputError("--precision {}: {}", o.precision,
                     host ? "on the CPU there is fp32 only" : "expected fp32 or bf16");
  }
  d.threads = o.threads;
  return d;
}

}  // namespace certify
