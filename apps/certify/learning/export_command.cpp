#include "apps/certify/commands.h"

#include <cstring>
#include <iostream>
#include <memory>
#include <random>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/certify/version.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/runs/digest.h"
#include "core/runs/run_folder.h"
#include "models/engine/quantization.h"
#include "models/learning/networks/export_network.h"
#include "models/libtorch_settings.h"
#include "models/network.h"
#include "models/network_formats.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

struct ExportOptions {
  ExportRequest request;
  fs::path quantized_run, model;
  bool untrained = false;
  std::string dataset;
  double sigma = 0;
};

/// What `certify models` and the choice of a model go by.
void write_card(const fs::path& model, const ExportOptions& o, const Architecture& exported) {
  const ImageShape input = exported.input();
  nlohmann::ordered_json card{{"schema", 1},
                              {"name", model.stem().string()},
                              {"dataset", o.dataset},
                              {"architecture", exported.name},
                              {"sigma", o.sigma},
                              {"input", {input.channels, input.height, input.width}},
                              {"classes", exported.classes},
                              {"normalization", "inside"},
                              {"sha256", sha256_of_file(model)}};
  if (o.untrained) {
    card["untrained"] = true;
  } else {
    card["checkpoint_sha256"] = sha256_of_file(o.request.checkpoint);
  }
  replace_file(fs::path(model).replace_extension(".json"), card.dump(2) + "\n");
}

/// Where in the checkpoint the weights were, and what images are normalised with.
std::string origin(const ExportOptions& o, const ExportedNetwork& made) {
  if (o.untrained) return "";
  const Normalization& n = made.normalization;
  const std::string normalized =
      n.mean.empty()
          ? "images are not normalised"
          : fmt::format("images are normalised by {}/{}{}", fmt::join(n.mean, ","),
                        fmt::join(n.stddev, ","),
                        made.normalization_was_inside ? ", as the checkpoint has it" : "");
  return fmt::format("; weights from {}{}; {}", made.key.empty() ? "the file itself" : made.key,
                     made.prefix.empty() ? "" : fmt::format(" behind \"{}\"", made.prefix),
                     normalized);
}

/// Whether the two are one network of 8 bits to the last bit, by some images.
bool is_same_network(const fs::path& a, const fs::path& b, const RunSettings& s) {
  constexpr std::int64_t kRows = 8;
  NetworkOptions options;
  options.precision = Precision::kInt8;
  options.output = s.output;
  options.allow_batch_dependent = s.batch_dependent;
  options.ranges = parse_ranges(s.int8_ranges);
  const Normalization normalization = parse_normalization(s.normalize, s.shape.channels);
  std::vector<float> images(static_cast<std::size_t>(kRows * s.shape.size()));
  std::mt19937 generator;
  for (float& pixel : images) pixel = static_cast<float>(generator()) * 0x3p-32F - 1;
  const auto logits = [&](const fs::path& file) {
    const auto network = open_network(file, s.shape, normalization, options);
    std::vector<float> found(static_cast<std::size_t>(kRows * network->num_classes()));
    network->logits(images.data(), kRows, found.data());
    return found;
  };
  const std::vector<float> of_a = logits(a), of_b = logits(b);
  return of_a.size() == of_b.size() &&
         std::memcmp(of_a.data(), of_b.data(), of_a.size() * sizeof(float)) == 0;
}

/// The classifier that a run of 8 bits certified. It takes a run and not a checkpoint, so that what
/// is saved is what was certified.
void export_quantized(const ExportOptions& o) {
  const ExportRequest& r = o.request;
  if (o.untrained || !r.checkpoint.empty() || !r.arch.empty() || !r.normalization.empty() ||
      r.half || o.sigma != 0 || !o.dataset.empty()) {
    throw InputError("--quantize: the run says all but --out, and --model if that was moved");
  }
  const Manifest manifest = manifest_of(o.quantized_run);
  const RunSettings& s = manifest.settings;
  if (s.precision != Precision::kInt8) {
    throw DataError("{}: is a run at {}; make one with --precision int8", o.quantized_run.string(),
                    to_string(s.precision));
  }
  if (s.denoiser) {
    throw DataError("{}: its classifier is two networks; a file of 8 bits holds one",
                    o.quantized_run.string());
  }
  const SampleLogState records =
      read_sample_log(o.quantized_run / kSamplesFile, record_shape(s), [](const ImageSamples&) {});
  check_digest(o.quantized_run, manifest, records.hash.hex());
  const fs::path model = o.model.empty() ? fs::path(manifest.model_file) : o.model;
  if (!fs::exists(model)) {
    throw DataError("{}: the network of the run is not there; --model says where it is",
                    model.string());
  }
  if (sha256_of_file(model) != s.model_sha256) {
    throw DataError("{}: is another file than the run's; --model says where that is",
                    model.string());
  }
  if (s.libtorch != libtorch_version()) {
    throw DataError("{}: LibTorch {} folded its network, and {} may do so to other last bits",
                    o.quantized_run.string(), s.libtorch, libtorch_version());
  }
  std::error_code none;
  if (fs::equivalent(model, r.out, none)) {
    throw InputError("--out {}: is the network of the run", r.out.string());
  }
  if (r.out.has_parent_path()) fs::create_directories(r.out.parent_path());
  // What has not been looked at does not get the name.
  fs::path made = r.out;
  made += ".unchecked";
  const auto remove = [](fs::path* path) {
    std::error_code ignored;  // it has its name, or was not made
    fs::remove(*path, ignored);
  };
  const std::unique_ptr<fs::path, decltype(remove)> guard(&made, remove);
  save_quantized(model, {s.int8_ranges, s.normalize}, made);
  if (!is_same_network(model, made, s)) {
    throw DataError("{}: its constants cannot be folded into the network of the run",
                    model.string());
  }
  fs::rename(made, r.out);
  std::cout << fmt::format(
      "{}: {} in 8 bits, {} classes; --precision int8{} runs it\n", r.out.string(), s.model,
      s.classes, s.normalize == "none" ? "" : fmt::format(" --normalize {}", s.normalize));
}

void run(const ExportOptions& o) {
  if (o.request.out.empty()) throw InputError("--out: is empty");
  if (fs::exists(o.request.out) && !fs::is_regular_file(o.request.out)) {
    throw InputError("--out {}: is no file that could be replaced", o.request.out.string());
  }
  if (!o.quantized_run.empty()) return export_quantized(o);
  if (o.untrained != o.request.checkpoint.empty()) {
    throw InputError("either --checkpoint or --untrained says which weights it has");
  }
  const bool has_sigma = o.sigma != 0;
  if (has_sigma && !(o.sigma > 0 && o.sigma <= 1e6)) {
    throw InputError("--sigma {}: must be positive and at most 1e6", o.sigma);
  }
  if (has_sigma == o.dataset.empty()) {
    throw InputError("--dataset and --sigma go together: they make the model's card");
  }
  std::error_code none;  // of a file that is not there
  if (!o.untrained && fs::equivalent(o.request.checkpoint, o.request.out, none)) {
    throw InputError("--out {}: is the checkpoint", o.request.out.string());
  }
  if (o.request.out.has_parent_path()) fs::create_directories(o.request.out.parent_path());
  const ExportedNetwork made = export_network(o.request);
  const Architecture& exported = made.architecture;
  const fs::path& out = o.request.out;
  // As a run would load it: what no run can use must not look done.
  const auto tried = open_network(out, exported.input(), {}, {});
  if (has_sigma) write_card(out, o, exported);
  std::cout << fmt::format("{}: {}, {} classes{}\n", out.string(), exported.name,
                           tried->num_classes(), origin(o, made));
}

std::string names() {
  std::vector<std::string_view> all;
  for (const Architecture& a : architectures()) all.push_back(a.name);
  return fmt::format("{}", fmt::join(all, ", "));
}

}  // namespace

void add_export_command(CLI::App& app) {
  auto* command = add_network_command(app, "export");
  const auto o = std::make_shared<ExportOptions>();
  ExportRequest& r = o->request;
  command
      ->add_option(
          "--checkpoint", r.checkpoint,
          "Weights: torch.save() of {arch, state_dict, …} or of a state_dict, or .safetensors")
      ->type_name("FILE");
  command->add_flag("--untrained", o->untrained,
                    "Random weights in place of a checkpoint: to measure speed");
  command
      ->add_option("--arch", r.arch,
                   "One of " + names() + " [what the checkpoint says, or its weights fit]")
      ->type_name("ARCH");
  command->add_option(
      "--normalize", r.normalization,
      "As for a run [the checkpoint's own; else cifar10, imagenet for resnet50, none for wrn]");
  command->add_flag("--half", r.half, "Store weights in 16 bits: half the file");
  command
      ->add_option("--quantize", o->quantized_run,
                   "In place of all above: the network of this run at --precision int8, in 8 bits")
      ->type_name("RUN");
  command->add_option("--model", o->model, "Of --quantize: the network of the run, if it was moved")
      ->type_name("FILE");
  command->add_option("--dataset", o->dataset, "It was trained on; for its card");
  command->add_option("--sigma", o->sigma, "It was trained with; for its card");
  command->add_option("--out", r.out, "TorchScript file, e.g. cifar10_resnet110_sigma0.25.pt")
      ->required();
  command->callback([o] { run(*o); });
}

}  // namespace certify
