#include "apps/certify/commands.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/bench/bench_engine.h"
#include "apps/certify/bench/noise_speed.h"
#include "apps/certify/options/option_flags.h"
#include "apps/certify/run/calibration.h"
#include "apps/certify/version.h"
#include "core/base/device_names.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/noise/families.h"
#include "core/report/tables/table.h"
#include "data/dataset.h"
#include "models/libtorch_settings.h"
#include "models/model_catalogue.h"
#include "models/network_formats.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

struct BenchOptions {
  std::string model, model_dir, dataset = "shapes", data_dir, shape, normalize, device = "auto",
                                precision, output, denoiser, denoiser_kind = "direct";
  std::int64_t denoiser_resize = 0;
  std::vector<std::string> beside;
  bool allow_native_code = false;
  double sigma = 0.25;
  std::optional<double> lambda;  ///< in place of sigma
  std::string noise{default_noise_family().name};
  int workers = 0;
  std::int64_t batch = 0;
  double seconds = 2;
  int rounds = 5;
  std::string json;
};

void check(const BenchOptions& o) {
  if (o.lambda && !(*o.lambda > 0)) throw InputError("--lambda {}: must be positive", *o.lambda);
  if (!(o.sigma > 0)) throw InputError("--sigma {}: must be positive", o.sigma);
  if (!(o.seconds > 0)) throw InputError("--seconds {}: must be positive", o.seconds);
  if (o.rounds < 1) throw InputError("--rounds {}: must be at least 1", o.rounds);
  if (o.workers < 0) throw InputError("--workers {}: must be positive", o.workers);
  if (o.denoiser_resize < 0) {
    throw InputError("--denoiser-resize {}: must be positive", o.denoiser_resize);
  }
  if (!o.denoiser.empty() && o.model.empty()) {
    throw InputError("--denoiser: say by --model which network stands behind it");
  }
  if (o.batch < 0) throw InputError("--batch {}: must be positive", o.batch);
}

ImageShape parse_shape(const std::string& text) {
  ImageShape shape;
  char more = 0;
  if (std::sscanf(text.c_str(), "%d,%d,%d%c", &shape.channels, &shape.height, &shape.width,
                  &more) != 3 ||
      shape.channels < 1 || shape.height < 1 || shape.width < 1) {
    throw InputError("--shape {}: expected C,H,W", text);
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

/// On a GPU the network is at half precision unless told otherwise.
EngineSetting engine_setting(const BenchOptions& o) {
  EngineSetting s;
  s.image = bench_image(o);
  s.noise = {&find_noise_family(o.noise), o.sigma};
  s.noise.family->check(s.noise);
  s.batch = o.batch;
  s.model = o.model.empty() ? choose_model(model_folders(o.model_dir), o.dataset, s.noise).file
                            : fs::path(o.model);
  const std::string device = resolve_devices(o.device).at(0);
  const bool host = device == "cpu";
  const std::string precision = o.precision.empty() ? (host ? "fp32" : "fp16") : o.precision;
  s.network = {.device = device,
               .precision = parse_precision(precision),
               .output = o.output,
               .allow_native_code = o.allow_native_code};
  if (!o.denoiser.empty()) {
    s.network.denoiser = {o.denoiser, denoiser_call(read_denoiser_kind(o.denoiser_kind), o.sigma),
                          o.denoiser_resize};
  }
  s.beside.assign(o.beside.begin(), o.beside.end());
  require_precision(host ? "cpu" : "cuda", s.network.precision);
  if (host) s.network.precision = precision_on_cpu(s.network.precision);
  const auto card = card_of(s.model);
  if (card) require_classifier(*card);
  const std::string of_card = normalization_of(card);
  s.normalization =
      parse_normalization(o.normalize.empty() ? of_card : o.normalize, s.image.shape.channels);
  if (s.network.precision == Precision::kInt8) {
    const auto stored = s.network.denoiser.given() ? std::nullopt : quantization_of(s.model);
    s.network.ranges = stored ? parse_ranges(stored->ranges)
                              : calibrated_ranges(s.model, s.normalization, s.network,
                                                  {{0, 0, s.image}}, s.noise, /*seed=*/0);
  }
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  s.workers = o.workers > 0 ? o.workers : cores;
  return s;
}

/// A B C A B C …: what disturbs the machine for a while disturbs all alike.
void run_rounds(const BenchOptions& o, std::vector<BenchRow>& rows) {
  for (BenchRow& row : rows) static_cast<void>(row.measure(0));  // warm-up
  for (int round = 0; round < o.rounds; ++round) {
    std::cerr << fmt::format("round {} of {}\n", round + 1, o.rounds);
    for (BenchRow& row : rows) row.rounds.push_back(row.measure(o.seconds));
  }
}

/// What the rounds of a row come to.
struct Summary {
  explicit Summary(const BenchRow& row) {
    std::vector<double> rates;
    for (const Measurement& m : row.rounds) {
      rates.push_back(m.rate());
      peak_mb = std::max(peak_mb, m.peak_mb);
    }
    std::sort(rates.begin(), rates.end());
    const std::size_t half = rates.size() / 2;
    median = rates.size() % 2 == 1 ? rates[half] : (rates[half - 1] + rates[half]) / 2;
    min = rates.front();
    max = rates.back();
  }
  double median, min, max;  ///< samples/s
  double peak_mb = 0;
};

void print_rows(std::ostream& out, const EngineSetting& setting,
                const std::vector<BenchRow>& rows) {
  const std::string where =
      fmt::format("{}, {}", setting.network.device, to_string(setting.network.precision));
  TextTable table{{where, "batch", "threads", "samples/s", "min", "max", "peak MB"}, {}};
  for (const BenchRow& row : rows) {
    const Summary s(row);
    table.rows.push_back({row.what, fmt::format("{}", row.batch), fmt::format("{}", row.threads),
                          fmt::format("{:.1f}", s.median), fmt::format("{:.1f}", s.min),
                          fmt::format("{:.1f}", s.max), fmt::format("{:.0f}", s.peak_mb)});
  }
  print_table(out, table);
}

/// A row a family, a column an instruction set, in nanoseconds a value.
void print_noise(std::ostream& out, const std::vector<NoiseSpeed>& speeds) {
  TextTable table{{"noise, ns a value"}, {}};
  for (const NoiseSpeed& speed : speeds) {
    if (speed.family == speeds.front().family) table.header.push_back(speed.path);
    if (table.rows.empty() || table.rows.back().front() != speed.family) {
      table.rows.push_back({speed.family});
    }
    table.rows.back().push_back(fmt::format("{:.3f}", speed.nanoseconds));
  }
  print_table(out, table);
}

nlohmann::ordered_json to_json(const BenchRow& row) {
  const Summary s(row);
  nlohmann::ordered_json out{
      {"key", row.key},         {"what", row.what},          {"batch", row.batch},
      {"threads", row.threads}, {"samples_per_s", s.median}, {"min", s.min},
      {"max", s.max},           {"peak_mb", s.peak_mb}};
  for (const Measurement& m : row.rounds) out["rounds"].push_back(to_json(m));
  return out;
}

nlohmann::ordered_json to_json(const BenchOptions& o, const EngineSetting& s,
                               const std::vector<BenchRow>& rows,
                               const std::vector<NoiseSpeed>& noise) {
  const ImageShape& shape = s.image.shape;
  auto machine = describe_machine();
  machine["gpu"] = gpu_name(s.network.device);
  nlohmann::ordered_json out{{"schema", 2},
                             {"certify", kVersion},
                             {"commit", kCommit},
                             {"libtorch", libtorch_version()},
                             {"machine", machine},
                             {"model", s.model.stem().string()},
                             {"model_sha256", sha256_of_file(s.model)},
                             {"shape", {shape.channels, shape.height, shape.width}},
                             {"sigma", s.noise.sigma},
                             {"noise", s.noise.family->stream},
                             {"device", s.network.device},
                             {"precision", to_string(s.network.precision)},
                             {"seconds", o.seconds},
                             {"rounds", o.rounds}};
  if (s.network.denoiser.given()) {
    out["denoiser"] = s.network.denoiser.file.stem().string();
    out["denoiser_sha256"] = sha256_of_file(s.network.denoiser.file);
  }
  for (const BenchRow& row : rows) out["rows"].push_back(to_json(row));
  for (const NoiseSpeed& speed : noise) {
    out["noise_speeds"].push_back(
        {{"family", speed.family}, {"path", speed.path}, {"ns_a_value", speed.nanoseconds}});
  }
  return out;
}

void bench(BenchOptions o) {
  check(o);
  if (o.lambda) o.sigma = sigma_of_half_side(find_noise_family(o.noise), *o.lambda);
  const EngineSetting setting = engine_setting(o);
  std::vector<BenchRow> rows = engine_rows(setting);
  run_rounds(o, rows);
  print_rows(std::cout, setting, rows);
  const std::vector<NoiseSpeed> noise =  // as long as one row
      noise_speeds(setting.image.shape.size(), o.sigma, o.seconds * o.rounds);
  std::cout << "\n";
  print_noise(std::cout, noise);
  if (!o.json.empty()) replace_file(o.json, to_json(o, setting, rows, noise).dump(1) + "\n");
}

}  // namespace

void add_bench_command(CLI::App& app) {
  auto* command = add_network_command(app, "bench");
  const auto o = std::make_shared<BenchOptions>();
  command->add_option("--model", o->model, "TorchScript file [the one that fits data set, sigma]")
      ->type_name("FILE");
  command->add_option("--model-dir", o->model_dir, "Folder of models to choose from")
      ->type_name("DIR");
  command
      ->add_option(
          "--beside", o->beside,
          "The same network in other files, AOTInductor packages too: each gets a row, and the "
          "model one as its file is written")
      ->type_name("FILE");
  command->add_option("--denoiser", o->denoiser, "As for a run")->type_name("FILE");
  command->add_option("--denoiser-kind", o->denoiser_kind, "As for a run")->capture_default_str();
  command->add_option("--denoiser-resize", o->denoiser_resize, "As for a run")
      ->capture_default_str();
  command->add_option("--output", o->output, "As for a run");
  command->add_flag("--allow-native-code", o->allow_native_code, "As for a run");
  command->add_option("--normalize", o->normalize, "As for a run [what the model says]");
  command->add_option("--dataset", o->dataset, "Whose first test image is sampled around")
      ->capture_default_str();
  command
      ->add_option("--data-dir", o->data_dir,
                   "Where the data set lies [$CERTIFY_DATA; $IMAGENET_DIR for imagenet]")
      ->type_name("DIR");
  command->add_option("--shape", o->shape, "C,H,W: a grey image in place of a data set");
  auto* sigma =
      command->add_option("--sigma", o->sigma, "Noise standard deviation")->capture_default_str();
  command->add_option("--lambda", o->lambda, "In place of --sigma, as for a run")->excludes(sigma);
  command->add_option("--noise", o->noise, "Family of the noise, as for a run")
      ->type_name("FAMILY")
      ->capture_default_str();
  command->add_option("--device", o->device, "Where; cuda:K is the K-th GPU, from 0")
      ->type_name(kOneDevice)
      ->capture_default_str();
  command->add_option("--precision", o->precision, "Of the network [fp32; fp16 on a GPU]");
  command->add_option("--workers,--threads", o->workers, "Threads that sample [one a core]");
  command->add_option("--batch", o->batch, "Rows of a forward pass [as for a run]");
  command->add_option("--seconds", o->seconds, "For each row and round")->capture_default_str();
  command->add_option("--rounds", o->rounds, "All rows take turns this often")
      ->capture_default_str();
  command->add_option("--json", o->json, "Write results with their raw rounds here")
      ->type_name("FILE");
  command->callback([o] { bench(*o); });
}

}  // namespace certify
