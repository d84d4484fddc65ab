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

std::vector<OptionSpec> make_table() {
  const char *data = "Data", *model = "Model", *certificate = "Certificate",
             *scores = "Soft outputs", *run = "Run";
  return {
      {.name = "dataset",
       .type = kText,
       .role = kSamples,
       .group = data,
       .help = "Data set; `certify datasets` lists them"},
      {.name = "data_dir",
       .type = kPath,
       .role = kPlace,
       .group = data,
       .help = "Where the data set lies [imagenet: $IMAGENET_DIR; $CERTIFY_DATA]"},
      {.name = "split",
       .type = kText,
       .role = kSamples,
       .group = data,
       .help = "test or train",
       .fallback = "test",
       .examples = {"test", "train"}},
      {.name = "classes",
       .type = kPath,
       .role = kSamples,
       .group = data,
       .help = "Of image folders: file that lists their class folders in the order of the model's "
               "outputs, one a line [sorted by name]"},
      {.name = "resize",
       .type = kInteger,
       .role = kSamples,
       .group = data,
       .help = "Of image folders: length that the shorter side is brought to; 0: as it is "
               "[imagenet: 256; 0]",
       .least = 0,
       .most = 16384},
      {.name = "crop",
       .type = kText,
       .role = kSamples,
       .group = data,
       .help = "Of image folders: size of the crop from the middle, N or HEIGHTxWIDTH [imagenet: "
               "224; what --resize says; all images have the size of the first]"},
      {.name = "on_error",
       .type = kText,
       .role = kPlace,
       .group = data,
       .help = "At an image that cannot be read: stop, or skip, which counts it as abstained",
       .fallback = "stop",
       .words = {"stop", "skip"}},
      {.name = "skip",
       .type = kInteger,
       .role = kSamples,
       .group = data,
       .help = "Take every K-th image",
       .fallback = "1",
       .least = 1,
       .most = kMostImages},
      {.name = "start",
       .type = kInteger,
       .role = kSamples,
       .group = data,
       .help = "First image",
       .fallback = "0",
       .least = 0,
       .most = kMostImages},
      {.name = "count",
       .type = kInteger,
       .role = kSamples,
       .group = data,
       .help = "At most this many images; -1: all",
       .fallback = "-1",
       .least = -1,
       .most = kMostImages},
      {.name = "shard",
       .type = kText,
       .role = kSamples,
       .group = data,
       .help =
           "I/N, I from 0: this run's part of the images; `certify merge` joins them. auto/N: I is "
           "the task's of a Slurm array or a Kubernetes indexed job",
       .fallback = "0/1"},

      {.name = "model",
       .type = kPath,
       .role = kSamples,
       .group = model,
       .help = "TorchScript file: [B,C,H,W] in [0,1] to [B,m] logits [the one that fits data set "
               "and sigma; `certify models`]"},
      {.name = "model_dir",
       .type = kPath,
       .role = kPlace,
       .group = model,
       .help = "Folder of models to choose from [$CERTIFY_MODELS]"},
      {.name = "normalize",
       .type = kText,
       .role = kSamples,
       .group = model,
       .help = "cifar10, imagenet, mnist, fashion-mnist, none or MEAN/STD: for models without a "
               "normalisation of their "
               "own [what the model's card says, or none]",
       .examples = {"none", "cifar10", "imagenet", "mnist", "fashion-mnist"}},
      {.name = "device",
       .type = kText,
       .role = kSamples,
       .group = model,
       .help = "auto, cpu, cuda, cuda:K, a list cuda:K,K or cuda:all",
       .fallback = "auto",
       .examples = {"auto", "cpu", "cuda", "cuda:0", "cuda:all"}},
      {.name = "precision",
       .type = kText,
       .role = kSamples,
       .group = model,
       .help =
           "Arithmetic of the network, which is what is certified: fp32, or on a GPU tf32, fp16 "
           "or bf16",
       .fallback = "fp32",
       .words = {"fp32", "tf32", "fp16", "bf16"}},
      {.name = "deterministic",
       .type = kFlag,
       .role = kSamples,
       .group = model,
       .help = "On a GPU, only algorithms that give the same bits every time; slower",
       .fallback = "false"},

      {.name = "sigma",
       .type = kNumber,
       .role = kSamples,
       .group = certificate,
       .help = "Noise standard deviation, in units of the [0,1] input before normalisation",
       .least = 0,
       .most = kMost,
       .open = true},
      {.name = "sigma_map",
       .type = kPath,
       .role = kSamples,
       .group = certificate,
       .help =
           "In place of --sigma: one for every element of the image, C × H × W, as .npy (float32 "
           "or float64) or .pt; an ellipsoid is certified"},
      {.name = "allow_seen",
       .type = kFlag,
       .role = kPlace,
       .group = certificate,
       .help = "Certify images that the map of --sigma-map was learned on; the run is marked",
       .fallback = "false"},
      {.name = "n",
       .type = kInteger,
       .role = kSamples,
       .group = certificate,
       .help = "Samples that estimate the probability",
       .fallback = "100000",
       .least = 1,
       .most = kMostSamples,
       .alias = "--N"},
      {.name = "alpha",
       .type = kNumber,
       .role = kCertificate,
       .group = certificate,
       .help = "Failure probability of each certificate",
       .fallback = "0.001",
       .least = 0,
       .most = 1,
       .open = true},
      {.name = "seed",
       .type = kInteger,
       .role = kSamples,
       .group = certificate,
       .help = "Seed of the noise",
       .fallback = "0",
       .least = 0,
       .most = 0x1p64},
      {.name = "batch",
       .type = kInteger,
       .role = kSamples,
       .group = certificate,
       .help = "Rows of a forward pass; 0: even batches of at most 24, or on a GPU the fastest",
       .fallback = "0",
       .least = 0,
       .most = 65536},
      {.name = "n0",
       .type = kInteger,
       .role = kSamples,
       .group = certificate,
       .help = "Samples that select the class; 0: the same samples, paid for out of alpha",
       .fallback = "100",
       .least = 0,
       .most = kMostSamples,
       .alias = "--N0",
       .predicts = false},
      {.name = "method",
       .type = kText,
       .role = kCertificate,
       .group = certificate,
       .help = "How counts become a radius; `certify methods` lists them",
       .fallback = "cohen",
       .words = method_names(),
       .predicts = false},
      {.name = "select",
       .type = kText,
       .role = kCertificate,
       .group = certificate,
       .help = "Class under test: n0 (from the n0 samples), same (from the n samples, paid for out "
               "of alpha) or label (known; enough for a certified-accuracy curve) [n0; same where "
               "n0 is 0]",
       .words = {"n0", "same", "label"},
       .predicts = false},
      {.name = "stop_at",
       .type = kText,
       .role = kSamples,
       .group = certificate,
       .help = "Radii R,R,...: draw only as many of the n samples as it takes to certify an image "
               "at each of them, or to see that it cannot be; the method is then cohen-sequential "
               "[all n]",
       .predicts = false},

      {.name = "scores",
       .type = kText,
       .role = kSamples,
       .group = scores,
       .help = "What is kept of them: none, trace, histogram or matrix [what the method needs]",
       .words = {"none", "trace", "histogram", "matrix"},
       .predicts = false},
      {.name = "score_link",
       .type = kText,
       .role = kSamples,
       .group = scores,
       .help = "softmax or sparsemax",
       .fallback = "softmax",
       .words = {"softmax", "sparsemax"},
       .predicts = false},
      {.name = "temperature",
       .type = kNumber,
       .role = kSamples,
       .group = scores,
       .help = "Logits are divided by it",
       .fallback = "1",
       .least = 0,
       .most = kMost,
       .open = true,
       .predicts = false},
      {.name = "score_bins",
       .type = kInteger,
       .role = kSamples,
       .group = scores,
       .help = "Bins of --scores histogram",
       .fallback = "1024",
       .least = 2,
       .most = 1 << 20,
       .predicts = false},
      {.name = "gradient",
       .type = kFlag,
       .role = kSamples,
       .group = certificate,
       .help = "Keep averages of the noise, for certificates of first order [when the method needs "
               "them]",
       .fallback = "false",
       .predicts = false},
      {.name = "keep_gradient",
       .type = kFlag,
       .role = kSamples,
       .group = certificate,
       .help = "Keep the average of every pixel too, as gradients/<index>.npy",
       .fallback = "false",
       .predicts = false},
      {.name = "mask",
       .type = kText,
       .role = kSamples,
       .group = certificate,
       .help = "Pictures F,F,... (PGM): the pixels that are not black get a radius of their own, "
               "radius_<name of the file>, beside the colour channels [none]",
       .predicts = false},
      {.name = "lipschitz",
       .type = kNumber,
       .role = kCertificate,
       .group = scores,
       .help = "A proven ℓ2 Lipschitz constant of the scores; 0: none is known",
       .fallback = "0",
       .least = 0,
       .most = kMost,
       .predicts = false},

      {.name = "out",
       .type = kPath,
       .role = kPlace,
       .group = run,
       .help = "Folder of the run; resumed when it is there "
               "[runs/<dataset>-<model>-s<sigma>-n<n>]"},
      {.name = "fresh",
       .type = kFlag,
       .role = kPlace,
       .group = run,
       .help = "Start over, deleting what the folder holds of an earlier run",
       .fallback = "false"},
      {.name = "workers",
       .type = kInteger,
       .role = kPlace,
       .group = run,
       .help = "Threads that sample on the CPU; 0: one a core",
       .fallback = "0",
       .least = 0,
       .most = 1024,
       .alias = "--threads"},
      {.name = "log_format",
       .type = kText,
       .role = kPlace,
       .group = run,
       .help = "text or json, on stderr",
       .fallback = "text",
       .words = {"text", "json"}},
      {.name = "quiet",
       .type = kFlag,
       .role = kPlace,
       .group = run,
       .help = "Warnings and errors only",
       .fallback = "false"},
  };
}

}  // namespace

const std::vector<OptionSpec>& option_table() {
  static const std::vector<OptionSpec> table = make_table();
  return table;
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
