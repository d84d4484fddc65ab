#include "apps/certify/bench/bench_command.h"

#include <cstdio>
#include <iostream>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/bench/bench_engine.h"
#include "apps/certify/bench/bench_loops.h"
#include "apps/certify/bench/machine.h"
#include "apps/certify/bench/python_loop.h"
#include "apps/certify/options/option_flags.h"
#include "apps/certify/version.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/noise/families.h"
#include "data/dataset.h"
#include "models/cohen_loop.h"
#include "models/devices.h"
#include "models/model_catalogue.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

struct BenchOptions {
  std::string model, model_dir, dataset = "shapes", data_dir, shape, normalize, device = "auto",
                                precision;
  double sigma = 0.25;
  int workers = 0;
  std::int64_t batch = 0;
  double seconds = 2;
  int rounds = 5;
  std::string python, json;
};

void check(const BenchOptions& o) {
  if (!(o.sigma > 0)) throw InputError(fmt::format("--sigma {}: must be positive", o.sigma));
  if (!(o.seconds > 0)) throw InputError(fmt::format("--seconds {}: must be positive", o.seconds));
  if (o.rounds < 1) throw InputError(fmt::format("--rounds {}: must be at least 1", o.rounds));
  if (o.workers < 0) throw InputError(fmt::format("--workers {}: must be positive", o.workers));
  if (o.batch < 0) throw InputError(fmt::format("--batch {}: must be positive", o.batch));
}

ImageShape parse_shape(const std::string& text) {
  ImageShape shape;
  char more = 0;
  if (std::sscanf(text.c_str(), "%d,%d,%d%c", &shape.channels, &shape.height, &shape.width,
                  &more) != 3 ||
      shape.channels < 1 || shape.height < 1 || shape.width < 1) {
    throw InputError(fmt::format("--shape {}: expected C,H,W", text));
  }
  return shape;
}

/// An image of the data set, or a grey one where only a shape was given: speed does not look at it.
Image bench_image(const BenchOptions& o) {
  if (o.shape.empty()) {
    return open_dataset({o.dataset, "test", data_folder(o.dataset, o.data_dir)})->at(0).image;
  }
  const ImageShape shape = parse_shape(o.shape);
  return {shape, std::vector<float>(static_cast<std::size_t>(shape.size()), 0.5F)};
}

BenchSetting make_setting(const BenchOptions& o) {
  BenchSetting s;
  s.default_threads = libtorch_default_threads();
  s.image = bench_image(o);
  s.sigma = o.sigma;
  s.device = resolve_devices(o.device).at(0);
  s.model = o.model.empty() ? choose_model(model_folders(o.model_dir), o.dataset, o.sigma).file
                            : fs::path(o.model);
  return s;
}

/// On a GPU the engine is at half precision unless told otherwise; the loop never is.
EngineSetting engine_setting(const BenchOptions& o, const BenchSetting& s) {
  EngineSetting engine;
  engine.model = s.model;
  engine.image = s.image;
  engine.sigma = s.sigma;
  engine.batch = o.batch;
  const bool host = s.device == "cpu";
  const std::string precision = o.precision.empty() ? (host ? "fp32" : "fp16") : o.precision;
  engine.network = {.device = s.device, .precision = parse_precision(precision)};
  if (host && engine.network.precision != Precision::kFp32) {
    throw InputError(fmt::format("--precision {}: on the CPU there is fp32 only", precision));
  }
  const auto card = card_of(s.model);
  const std::string of_card = card ? card->normalization : "none";
  engine.normalization =
      parse_normalization(o.normalize.empty() ? of_card : o.normalize, s.image.shape.channels);
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  engine.workers = o.workers > 0 ? o.workers : cores;
  return engine;
}

/// scripts/cohen_loop.py, beside the program in a build or as installed.
fs::path python_script() {
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path();
  for (const char* place : {"../share/certify", "../../scripts", "../../../scripts"}) {
    const fs::path file = program / place / "cohen_loop.py";
    if (fs::exists(file)) return file;
  }
  throw DataError("--python: cohen_loop.py is not where it was installed");
}

std::unique_ptr<PythonLoop> start_python(const std::string& python, const BenchSetting& s) {
  if (python.empty()) return nullptr;
  const ImageShape& shape = s.image.shape;
  const std::vector<std::string> command{
      python,
      python_script().string(),
      "--serve",
      "--model",
      s.model,
      "--sigma",
      fmt::format("{}", s.sigma),
      "--shape",
      fmt::format("{},{},{}", shape.channels, shape.height, shape.width),
      "--device",
      s.device};
  return std::make_unique<PythonLoop>(command);
}

/// As performance was counted for an H200 at 16 bit, bytes of fused layers; nothing else was
/// counted.
double counted_floor(const BenchSetting& s) {
  if (s.device == "cpu" || gpu_name(s.device).find("H200") == std::string::npos) return 0;
  const auto card = card_of(s.model);
  if (!card) return 0;
  if (card->architecture == "resnet110" && s.image.shape == ImageShape{3, 32, 32}) return 820'000;
  if (card->architecture == "resnet50" && s.image.shape == ImageShape{3, 224, 224}) return 79'000;
  return 0;
}

/// ns a value of one path on this core.
double time_noise(const NoisePath& path, double seconds) {
  const NoiseTables tables = default_noise_family().tables({&default_noise_family(), 0.25});
  constexpr std::int64_t kSize = 3072;
  std::vector<float> x(kSize, 0.5F), out(kSize);
  std::int64_t values = 0;
  const UsageMeter meter;
  do {
    for (std::uint32_t sample = 0; sample < 100; ++sample, values += kSize) {
      path.add(tables, x.data(), out.data(), kSize, {0, 0, Phase::kEstimation}, sample);
    }
  } while (meter.seconds() < seconds);
  return 1e9 * meter.read(values).cpu_seconds / static_cast<double>(values);
}

/// A B C A B C …: what disturbs the machine for a while disturbs all alike.
void run_rounds(const BenchOptions& o, BenchResults& results) {
  const std::vector<NoisePath>& paths = default_noise_family().paths();
  for (const NoisePath& path : paths) results.noise.push_back({std::string(path.name), {}});
  for (Contestant& row : results.rows) static_cast<void>(row.measure(0));  // warm-up
  for (int round = 0; round < o.rounds; ++round) {
    std::cerr << fmt::format("round {} of {}\n", round + 1, o.rounds);
    for (Contestant& row : results.rows) row.rounds.push_back(row.measure(o.seconds));
    for (std::size_t i = 0; i < results.noise.size(); ++i) {
      results.noise[i].ns_per_value.push_back(time_noise(paths[i], o.seconds / 10));
    }
  }
}

nlohmann::ordered_json describe(const BenchOptions& o, const BenchSetting& s,
                                const EngineSetting& engine, const PythonLoop* python) {
  const ImageShape& shape = s.image.shape;
  auto machine = describe_machine();
  machine["gpu"] = gpu_name(s.device);
  return {{"certify", kVersion},
          {"commit", kCommit},
          {"libtorch", libtorch_version()},
          {"python_torch", python ? nlohmann::json(python->torch_version()) : nlohmann::json()},
          {"machine", machine},
          {"model", s.model.stem().string()},
          {"model_sha256", sha256_of_file(s.model)},
          {"shape", {shape.channels, shape.height, shape.width}},
          {"sigma", s.sigma},
          {"device", s.device},
          {"precision", to_string(engine.network.precision)},
          {"seconds", o.seconds},
          {"rounds", o.rounds}};
}

void append(std::vector<Contestant>& rows, std::vector<Contestant> more) {
  std::move(more.begin(), more.end(), std::back_inserter(rows));
}

void bench(const BenchOptions& o) {
  check(o);
  const BenchSetting setting = make_setting(o);
  const EngineSetting engine = engine_setting(o, setting);
  const auto python = start_python(o.python, setting);
  // Loaded first, and last in the table: what can fail, fails before anything is measured.
  std::vector<Contestant> engine_rows = engine_contestants(engine);
  BenchResults results;
  results.setting = describe(o, setting, engine, python.get());
  results.floor = counted_floor(setting);
  std::cerr << "looking for the loop's best batch and threads\n";
  const double trial = o.seconds / 4;
  if (python) {
    const auto measure = [&](const LoopSetting& at, double seconds) {
      return python->measure(at.batch, at.threads, seconds);
    };
    const LoopSetting best =
        best_setting(setting, measure, trial, results.setting["tried"]["python"]);
    append(results.rows, python_contestants(*python, best));
  }
  const LoopSetting best =
      best_setting(setting, cxx_loop(setting), trial, results.setting["tried"]["loop"]);
  append(results.rows, loop_contestants(setting, best));
  append(results.rows, std::move(engine_rows));
  results.best_loop = python ? "python-best" : "loop-best";
  results.default_loop = python ? "python-default" : "loop-default";
  run_rounds(o, results);
  print_results(std::cout, results);
  if (!o.json.empty()) replace_file(o.json, to_json(results).dump(1) + "\n");
}

}  // namespace

void add_bench_command(CLI::App& app) {
  auto* command = app.add_subcommand(
      "bench",
      "How fast it samples here, beside the loop of Cohen et al. and each step of the way from it");
  const auto o = std::make_shared<BenchOptions>();
  command->add_option("--model", o->model, "TorchScript file [the one that fits data set, sigma]")
      ->type_name("FILE");
  command->add_option("--model-dir", o->model_dir, "Folder of models to choose from")
      ->type_name("DIR");
  command->add_option("--normalize", o->normalize,
                      "As for a run; only the engine does it [what the model says]");
  command->add_option("--dataset", o->dataset, "Whose first test image is sampled around")
      ->capture_default_str();
  command
      ->add_option("--data-dir", o->data_dir,
                   "Where the data set lies [$CERTIFY_DATA; $IMAGENET_DIR for imagenet]")
      ->type_name("DIR");
  command->add_option("--shape", o->shape, "C,H,W: a grey image in place of a data set");
  command->add_option("--sigma", o->sigma, "Noise standard deviation")->capture_default_str();
  command->add_option("--device", o->device, "Where; cuda:K is the K-th GPU, from 0")
      ->type_name(kOneDevice)
      ->capture_default_str();
  command->add_option("--precision", o->precision, "Of the engine [fp32; fp16 on a GPU]");
  command->add_option("--workers,--threads", o->workers, "Threads that sample [one a core]");
  command->add_option("--batch", o->batch, "Rows of the engine's forward pass [its default]");
  command->add_option("--seconds", o->seconds, "For each row and round")->capture_default_str();
  command->add_option("--rounds", o->rounds, "All rows take turns this often")
      ->capture_default_str();
  command
      ->add_option("--python", o->python,
                   "A Python with torch: its loop is timed too, and ratios are over it")
      ->type_name("FILE");
  command->add_option("--json", o->json, "Write results with their raw rounds here")
      ->type_name("FILE");
  command->callback([o] { bench(*o); });
}

}  // namespace certify
