#include "core/configs/option_table.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "core/methods/catalogue.h"

namespace certify {
namespace {

using enum OptionType;
using enum OptionRole;

constexpr double kMost = std::numeric_limits<double>::max();
constexpr double kMostSamples = 4e9;
constexpr double kMostImages = 9e15;

std::vector<std::string_view> method_names() {
  std::vector<std::string_view> names;
  for (const Method* method : all_methods()) names.push_back(method->name);
  return names;
}

/// @param rest  what is not as most options have it
OptionSpec row(std::string_view name, OptionType type, OptionRole role, std::string_view group,
               std::string_view help, OptionSpec rest = {}) {
  rest.name = name;
  rest.type = type;
  rest.role = role;
  rest.group = group;
  rest.help = help;
  return rest;
}

std::vector<OptionSpec> make_table() {
  const char *data = "Data", *model = "Model", *certificate = "Certificate",
             *scores = "Soft outputs", *run = "Run";
  return {
      row("dataset", kText, kSamples, data, "Data set; `certify datasets` lists them"),
      row("data_dir", kPath, kPlace, data,
          "Where the data set lies [imagenet: $IMAGENET_DIR; $CERTIFY_DATA]"),
      row("split", kText, kSamples, data, "test or train; of folders of images also val",
          {.fallback = "test", .examples = {"test", "train", "val"}}),
      row("classes", kPath, kSamples, data,
          "Of image folders: file that lists their class folders in the order of the model's "
          "outputs, one a line [sorted by name]; of arrays: of names of classes"),
      row("resize", kInteger, kSamples, data,
          "Of image folders: length that the shorter side is brought to; 0: as it is [imagenet: "
          "256; 0]",
          {.least = 0, .most = 16384}),
      row("crop", kText, kSamples, data,
          "Of image folders: size of the crop from the middle, N or HEIGHTxWIDTH [imagenet: 224; "
          "what --resize says; all images have the size of the first]"),
      row("images", kPath, kSamples, data,
          "Of arrays: .npy of bytes, or of floats in [0,1], N × H × W × C, N × C × H × W or, grey, "
          "N × H × W; or .npz with the labels, too"),
      row("labels", kPath, kSamples, data,
          "Of arrays: .npy, a whole number an image; of cifar100: fine or coarse [fine]",
          {.no_paths = {"fine", "coarse"}}),
      row("labels_file", kPath, kSamples, data,
          "Of imagenet whose images lie in one folder: their labels, such as the devkit's "
          "ILSVRC2012_validation_ground_truth.txt or Kaggle's LOC_val_solution.csv"),
      row("layout", kText, kSamples, data, "Of arrays: nhwc or nchw [by the axis of length 1 or 3]",
          {.words = {"nhwc", "nchw"}}),
      row("on_error", kText, kPlace, data,
          "At an image that cannot be read: stop, or skip, which counts it as abstained",
          {.fallback = "stop", .words = {"stop", "skip"}}),
      row("skip", kInteger, kSamples, data, "Take every K-th image",
          {.fallback = "1", .least = 1, .most = kMostImages}),
      row("start", kInteger, kSamples, data, "First image",
          {.fallback = "0", .least = 0, .most = kMostImages}),
      row("count", kInteger, kSamples, data, "At most this many images; -1: all",
          {.fallback = "-1", .least = -1, .most = kMostImages}),
      row("shard", kText, kSamples, data,
          "I/N, I from 0: this run's part of the images; `certify merge` joins them and names what "
          "is missing. auto/N: I is the task's of an array of Slurm or PBS (from 0), of SGE (from "
          "1), of a Kubernetes indexed job, mpirun or srun",
          {.fallback = "0/1"}),

      row("model", kPath, kSamples, model,
          "TorchScript file, or AOTInductor package: [B,C,H,W] in [0,1] to [B,m] logits [the one "
          "that fits data set and sigma; `certify models`]"),
      row("model_dir", kPath, kPlace, model, "Folder of models to choose from [$CERTIFY_MODELS]"),
      row("normalize", kText, kSamples, model,
          "cifar10, imagenet, mnist, fashion-mnist, none or MEAN/STD: for models without a "
          "normalisation of their own [what the model's card says, or none]",
          {.examples = {"none", "cifar10", "imagenet", "mnist", "fashion-mnist"}}),
      row("output", kText, kSamples, model,
          "Of a network that returns several tensors: number (from 0) or name of the logits [the "
          "only tensor of that shape]"),
      row("denoiser", kPath, kSamples, model,
          "Network in front of it that takes noise off: [B,C,H,W] in [0,1] to the same; the "
          "classifier of the run is both together"),
      row("denoiser_kind", kPath, kSamples, model,
          "How the denoiser is asked: direct; diffusion:linear:STEPS or diffusion:cosine:STEPS, at "
          "the step whose noise is the run's; or FILE.json, a scheduler's configuration of "
          "diffusers [direct]",
          {.no_paths = {"direct", "diffusion:", "{"},
           .examples = {"direct", "diffusion:linear:1000", "diffusion:cosine:4000"}}),
      row("denoiser_resize", kInteger, kSamples, model,
          "Side that images have behind the denoiser, where the classifier takes another [0: the "
          "same]",
          {.least = 0, .most = 4096}),
      row("device", kText, kSamples, model, "auto, cpu, cuda, cuda:K, a list cuda:K,K or cuda:all",
          {.fallback = "auto", .examples = {"auto", "cpu", "cuda", "cuda:0", "cuda:all"}}),
      row("precision", kText, kSamples, model,
          "Arithmetic of the network, which is what is certified: fp32 or bf16; on a GPU tf32 or "
          "fp16; on a CPU int8, or one of the two kinds of bf16; own: as its file says, which a "
          "network that computes in 16 bits anywhere has without asking",
          {.fallback = "fp32",
           .words = {"fp32", "tf32", "fp16", "bf16", "own", "bf16-avx512", "bf16-amx", "int8"}}),
      row("calibration", kInteger, kSamples, model,
          "With --precision int8: noisy images that set its scales, the first of the training "
          "split, or of this one where that is not there",
          {.fallback = "64", .least = 1, .most = 100000}),
      row("deterministic", kFlag, kSamples, model,
          "On a GPU, only algorithms that give the same bits every time; slower",
          {.fallback = "false"}),
      row("allow_native_code", kFlag, kPlace, model,
          "Load a network that is compiled code (an AOTInductor package). It may do anything that "
          "you may: only from where you trust",
          {.fallback = "false", .typed_only = true}),
      row("allow_batch_dependent", kFlag, kPlace, model,
          "Run a network whose answer for an image depends on the batch around it; the run is "
          "marked, and certifies nothing",
          {.fallback = "false"}),

      row("sigma", kNumber, kSamples, certificate,
          "Noise standard deviation, in units of the [0,1] input before normalisation",
          {.least = 0, .most = kMost, .open = true}),
      row("lambda", kNumber, kSamples, certificate,
          "In place of --sigma, of noise on a cube: half its side, sigma = lambda / √3",
          {.least = 0, .most = kMost, .open = true}),
      row("noise", kText, kSamples, certificate,
          "Family of noise: gaussian, drawn in floats; or lattice, or lattice:Q with Q = 2, 4, 8 "
          "or 16, drawn exactly, in steps of 1/(255 Q); or uniform, or uniform:Q, on a cube, as "
          "exactly, or splitting, or splitting:all, which needs no alpha: these certify l1 radii "
          "[lattice; gaussian with --sigma-map]"),
      row("sigma_map", kPath, kSamples, certificate,
          "In place of --sigma: one for every element of the image, C × H × W, as .npy (float32 or "
          "float64) or .pt; an ellipsoid is certified"),
      row("allow_seen", kFlag, kPlace, certificate,
          "Certify images that the map of --sigma-map was learned on; the run is marked",
          {.fallback = "false"}),
      row("n", kInteger, kSamples, certificate, "Samples that estimate the probability",
          {.fallback = "100000", .least = 1, .most = kMostSamples, .alias = "--N"}),
      row("alpha", kNumber, kCertificate, certificate, "Failure probability of each certificate",
          {.fallback = "0.001", .least = 0, .most = 1, .open = true}),
      row("seed", kInteger, kSamples, certificate, "Seed of the noise",
          {.fallback = "0", .least = 0, .most = 0x1p64}),
      row("batch", kInteger, kSamples, certificate,
          "Rows of a forward pass; 0: even batches of at most 24, or on a GPU the fastest",
          {.fallback = "0", .least = 0, .most = 65536}),
      row("n0", kInteger, kSamples, certificate,
          "Samples that select the class; 0: the same samples, paid for out of alpha",
          {.fallback = "100",
           .least = 0,
           .most = kMostSamples,
           .alias = "--N0",
           .predicts = false}),
      row("method", kText, kCertificate, certificate,
          "How counts become a radius; `certify methods` lists them",
          {.fallback = "cohen", .words = method_names(), .predicts = false}),
      row("select", kText, kCertificate, certificate,
          "Class under test: n0 (from the n0 samples), same (from the n samples, paid for out of "
          "alpha) or label (known; enough for a certified-accuracy curve) [n0; same where n0 is 0]",
          {.words = {"n0", "same", "label"}, .predicts = false}),
      row("stop_at", kText, kSamples, certificate,
          "Radii R,R,...: draw only as many of the n samples as it takes to certify an image at "
          "each of them, or to see that it cannot be; the method is then cohen-sequential [all n]",
          {.predicts = false}),

      row("scores", kText, kSamples, scores,
          "What is kept of them: none, trace, histogram or matrix [what the method needs]",
          {.words = {"none", "trace", "histogram", "matrix"}, .predicts = false}),
      row("score_link", kText, kSamples, scores, "softmax or sparsemax",
          {.fallback = "softmax", .words = {"softmax", "sparsemax"}, .predicts = false}),
      row("temperature", kNumber, kSamples, scores, "Logits are divided by it",
          {.fallback = "1", .least = 0, .most = kMost, .open = true, .predicts = false}),
      row("score_bins", kInteger, kSamples, scores, "Bins of --scores histogram",
          {.fallback = "1024", .least = 2, .most = 1 << 20, .predicts = false}),
      row("gradient", kFlag, kSamples, certificate,
          "Keep averages of the noise, for certificates of first order [when the method needs "
          "them]",
          {.fallback = "false", .predicts = false}),
      row("keep_gradient", kFlag, kSamples, certificate,
          "Keep the average of every pixel too, as gradients/<index>.npy",
          {.fallback = "false", .predicts = false}),
      row("mask", kText, kSamples, certificate,
          "Pictures F,F,... (PGM): the pixels that are not black get a radius of their own, "
          "radius_<name of the file>, beside the colour channels [none]",
          {.predicts = false}),
      row("lipschitz", kNumber, kCertificate, scores,
          "A proven ℓ2 Lipschitz constant of the scores; 0: none is known",
          {.fallback = "0", .least = 0, .most = kMost, .predicts = false}),

      row("out", kPath, kPlace, run,
          "Folder of the run; resumed when it is there [runs/<dataset>-<model>-s<sigma>-n<n>]"),
      row("fresh", kFlag, kPlace, run,
          "Start over, deleting what the folder holds of an earlier run", {.fallback = "false"}),
      row("workers", kInteger, kPlace, run, "Threads that sample on the CPU; 0: one a core",
          {.fallback = "0", .least = 0, .most = 1024, .alias = "--threads"}),
      row("log_format", kText, kPlace, run, "text or json, on stderr",
          {.fallback = "text", .words = {"text", "json"}}),
      row("quiet", kFlag, kPlace, run, "Warnings and errors only", {.fallback = "false"}),
  };
}

}  // namespace

const std::vector<OptionSpec>& option_table() {
  static const std::vector<OptionSpec> table = make_table();
  return table;
}

std::vector<std::string_view> option_names() {
  std::vector<std::string_view> names;
  for (const OptionSpec& option : option_table()) names.push_back(option.name);
  return names;
}

const OptionSpec* find_option(std::string_view name) {
  const auto& table = option_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const OptionSpec& option) { return option.name == name; });
  return found == table.end() ? nullptr : &*found;
}

const OptionSpec& option_spec(std::string_view name) {
  const OptionSpec* option = find_option(name);
  if (!option) throw std::logic_error(fmt::format("no option '{}' in the table", name));
  return *option;
}

std::string flag_of(const OptionSpec& option) {
  std::string flag = "--" + std::string(option.name);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string environment_of(const OptionSpec& option) {
  std::string name = "CERTIFY_" + std::string(option.name);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name;
}

}  // namespace certify
