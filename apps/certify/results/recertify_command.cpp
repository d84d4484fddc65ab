#include "apps/certify/results/recertify_command.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/certify/logging.h"
#include "apps/certify/version.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/curves/certified_accuracy.h"
#include "core/curves/radii.h"
#include "core/methods/catalogue.h"
#include "core/methods/certify_many.h"
#include "core/methods/counts/cohen.h"
#include "core/methods/counts/cohen_sequential.h"
#include "core/report/figures/svg.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/sources/run_description.h"
#include "core/report/tables/curve_tsv.h"
#include "core/report/tables/radii_tsv.h"
#include "core/report/tables/table.h"
#include "core/runs/run_folder.h"
#include "core/runs/samples/count_file.h"
#include "core/sampling/statistics/first_samples.h"
#include "core/sampling/statistics/score_keeper.h"
#include "core/sampling/statistics/subsample.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

struct RecertifyOptions {
  std::string run, counts;
  std::optional<double> sigma, alpha;
  std::vector<std::string> methods;  ///< none: cohen, or what stopping early leaves valid
  std::string select;
  std::int64_t n = 0;  ///< 0: all that are stored
  std::uint64_t seed = 0;
  double lipschitz = 0;
  std::string score_link;
  double temperature = 0;  ///< 0: the run's
  std::string radii;
  std::string out;
  bool allow_unsound = false;
};

/// Where stored samples come from, and what they were drawn with.
struct Source {
  std::string name;
  fs::path file;  ///< for its hash
  double sigma = 0, alpha = 0.001;
  Selection select = Selection::kSame;
  ScorePlan scores;
  std::optional<SigmaMap> map = {};            ///< of sigma; `sigma` is then its smallest
  std::optional<LearnedImages> map_seen = {};  ///< as in the run's settings
  std::int64_t n_if_stopped = 0;  ///< of a run whose samples decided how many of n are drawn
  std::function<void(const std::function<void(ImageSamples)>&)> read;
};

Source open_run(const RecertifyOptions& o) {
  const Manifest manifest = manifest_of(o.run);
  const RunSettings& s = manifest.settings;
  if (manifest.state != "complete") {
    make_logger({})->warn("{}: the run is not finished ({}); what is there is used", o.run,
                          manifest.state);
  }
  if (o.sigma && !s.sigma_map.empty()) {
    throw InputError(fmt::format("--sigma {}: the samples of {} were drawn with a map of sigma",
                                 *o.sigma, o.run));
  }
  if (o.sigma && *o.sigma != s.sigma) {
    throw InputError(fmt::format("--sigma {}: the samples of {} were drawn with sigma {}", *o.sigma,
                                 o.run, s.sigma));
  }
  return {fs::path(o.run).filename().string(),
          fs::path(o.run) / kSamplesFile,
          s.sigma,
          s.alpha,
          s.select,
          s.scores,
          sigma_map_of(o.run, s),
          s.sigma_map_seen,
          s.stop_at.empty() ? 0 : s.n,
          [run = fs::path(o.run), manifest](const auto& each) {
            std::int64_t images = 0;
            read_run(run, [&](ImageSamples samples) {
              ++images;
              each(std::move(samples));
            });
            // Fewer images than were sampled would be another denominator.
            if (manifest.state == "complete" && images != manifest.images) {
              throw DataError(fmt::format("{}: {} images, but the run was complete with {}",
                                          (run / kSamplesFile).string(), images, manifest.images));
            }
          }};
}

Source open_counts(const RecertifyOptions& o) {
  if (!o.sigma)
    throw InputError("--counts needs --sigma: the noise that the counts were drawn with");
  return {fs::path(o.counts).stem().string(),
          o.counts,
          *o.sigma,
          0.001,
          Selection::kSame,
          {},
          {},
          {},
          0,
          [file = fs::path(o.counts)](const auto& each) { read_count_file(file, each); }};
}

Source open_source(const RecertifyOptions& o) {
  if (o.run.empty() == o.counts.empty()) throw InputError("give either a run or --counts FILE");
  return o.run.empty() ? open_counts(o) : open_run(o);
}

std::vector<const Method*> chosen_methods(const Source& source, const RecertifyOptions& o) {
  const bool stopped = source.n_if_stopped > 0;
  std::vector<const Method*> methods;
  for (const std::string& name : o.methods) {
    methods.push_back(&find_method(name, o.allow_unsound ? Unsound::kAllow : Unsound::kRefuse));
    if (stopped) require_optional_stopping(*methods.back());
  }
  if (methods.empty()) methods.push_back(stopped ? &kCohenSequential : &kCohen);
  return methods;
}

void check_n(const Source& source, const RecertifyOptions& o) {
  if (o.n < 0) throw InputError(fmt::format("--n {}: must be at least 1", o.n));
  if (o.n > 0 && source.n_if_stopped > 0) {
    throw InputError(fmt::format(
        "--n {}: the samples of {} decided how many of them were drawn (--stop-at), so some of "
        "them are not a sample of that size",
        o.n, source.name));
  }
}

/// Only a matrix tells the order of the votes. Otherwise fewer of them are drawn without
/// replacement, while those of scores are the first: each kind of method has samples of its own.
bool draws_votes(const Source& source, const RecertifyOptions& o) {
  return o.n > 0 && source.scores.keep != ScoreKeeping::kMatrix;
}

/// A matrix becomes a trace of the class under test.
void prepare(ImageSamples& samples, const Source& source, const RecertifyOptions& o,
             Selection select) {
  if (samples.logits.empty()) return;
  if (o.n > 0) keep_first(samples, o.n);
  trace_from_logits(samples, class_under_test(samples, select),
                    o.score_link.empty() ? source.scores.link : parse_score_link(o.score_link),
                    o.temperature > 0 ? o.temperature : source.scores.temperature);
  samples.logits.clear();
}

ImageSamples votes_drawn(const ImageSamples& samples, const RecertifyOptions& o) {
  ImageSamples drawn;
  drawn.index = samples.index;
  drawn.label = samples.label;
  drawn.selection = samples.selection;
  drawn.estimation = subsample(samples.estimation, o.n, o.seed, samples.index);
  drawn.seconds = samples.seconds;
  return drawn;
}

std::size_t bytes_of(const ImageSamples& samples) {
  return 1024 + samples.trace.values.size() * sizeof(float) +
         samples.histogram.counts.size() * sizeof(std::int64_t);
}

void require_kept(const Method& method, const ImageSamples& samples, const RecertifyOptions& o) {
  if (method.needs != SampleNeeds::kCounts && o.n > 0 && !samples.histogram.empty()) {
    throw InputError(
        fmt::format("{}: --n takes the first scores in the order drawn, and a histogram has no "
                    "order; sample with --scores trace",
                    method.name));
  }
  if (method.needs == SampleNeeds::kGradient && o.n > 0) {
    throw InputError(fmt::format("{}: averages of the noise are of all n samples", method.name));
  }
  if (method.needs == SampleNeeds::kGradient && samples.gradient.empty()) {
    throw DataError(
        fmt::format("{}: needs averages of the noise, which were not kept; sample with --gradient",
                    method.name));
  }
  const bool trace = !samples.trace.empty(), histogram = trace || !samples.histogram.empty();
  if (method.needs == SampleNeeds::kTrace && !trace) {
    throw DataError(
        fmt::format("{}: needs scores in the order drawn, which were not kept; sample "
                    "with --scores trace",
                    method.name));
  }
  if (method.needs == SampleNeeds::kHistogram && !histogram) {
    throw DataError(
        fmt::format("{}: needs scores, which were not kept; sample with --scores "
                    "histogram or trace",
                    method.name));
  }
}

/// One log a method; certificates are kept for the files.
struct Recertified {
  std::vector<RadiusLog> logs;
  std::vector<std::vector<Certificate>> certificates;
};

Recertified certify_all(const Source& source, const std::vector<const Method*>& methods,
                        const MethodOptions& options, const RecertifyOptions& o) {
  constexpr std::size_t kChunk = 128 << 20;  // bytes of samples in memory, however many there are
  Recertified out;
  out.logs.resize(methods.size());
  out.certificates.resize(methods.size());
  const bool drawn = draws_votes(source, o);
  std::vector<ImageSamples> chunk, drawn_votes;
  std::size_t bytes = 0;
  const auto flush = [&] {
    for (std::size_t m = 0; m < methods.size(); ++m) {
      const bool on_votes = methods[m]->needs == SampleNeeds::kCounts;
      const auto& samples = drawn && on_votes ? drawn_votes : chunk;
      for (const Certificate& c : certify_many(samples, *methods[m], options)) {
        out.logs[m].rows.push_back(to_radius_row(c));
        out.certificates[m].push_back(c);
      }
    }
    chunk.clear();
    drawn_votes.clear();
    bytes = 0;
  };
  source.read([&](ImageSamples samples) {
    prepare(samples, source, o, options.selection);
    for (const Method* method : methods) require_kept(*method, samples, o);
    if (drawn) {
      drawn_votes.push_back(votes_drawn(samples, o));
      if (!samples.trace.empty()) keep_first(samples, o.n);
    }
    bytes += bytes_of(samples);
    chunk.push_back(std::move(samples));
    if (bytes >= kChunk) flush();
  });
  flush();
  for (std::size_t m = 0; m < methods.size(); ++m) {
    out.logs[m].name = methods[m]->name;
    out.logs[m].unsound = !methods[m]->sound;
    out.logs[m].methods = {std::string(methods[m]->name)};
  }
  return out;
}

void write_files(const fs::path& folder, const Source& source, const MethodOptions& options,
                 const RecertifyOptions& o, const Recertified& result, const std::string& title) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw IoError(fmt::format("{}: {}", folder.string(), error.message()));
  if (fs::exists(folder / kManifestFile)) {
    throw DataError(
        fmt::format("{}: holds a run; --out needs a folder of its own", folder.string()));
  }
  for (std::size_t m = 0; m < result.logs.size(); ++m) {
    std::string rows = certificates_header(source.map ? Region::kEllipsoid : Region::kBall);
    for (const Certificate& c : result.certificates[m]) rows += certificates_row(c);
    replace_file(folder / fmt::format("certificates-{}.tsv", result.logs[m].name), rows);
    if (const std::string radii = radii_tsv(result.certificates[m]); !radii.empty()) {
      replace_file(folder / fmt::format("radii-{}.tsv", result.logs[m].name), radii);
    }
  }
  ChartOptions chart;
  chart.title = title;
  replace_file(folder / kCurveTsvFile, curve_tsv(result.logs));
  replace_file(folder / kCurveSvgFile, curve_svg(result.logs, chart));
  std::vector<std::string> names;
  for (const RadiusLog& log : result.logs) names.push_back(log.name);
  const nlohmann::ordered_json settings{
      {"schema", 1},
      {"source", fs::absolute(source.file).lexically_normal().string()},
      {"source_sha256", sha256_of_file(source.file)},
      {"methods", names},
      {"sigma", options.sigma},
      {"sigma_map", source.map ? source.map->sha256 : ""},
      {"sigma_map_seen", source.map_seen ? to_string(*source.map_seen) : ""},
      {"alpha", options.alpha},
      {"select", to_string(options.selection)},
      {"n", o.n},
      {"votes", draws_votes(source, o) ? "drawn"
                : o.n > 0              ? "first"
                                       : "all"},
      {"scores", source.scores.keep == ScoreKeeping::kNone ? "none"
                 : o.n > 0                                 ? "first"
                                                           : "all"},
      {"seed", o.seed},
      {"lipschitz", options.lipschitz},
      {"score_link", o.score_link},
      {"temperature", o.temperature},
      {"certify", kVersion},
      {"commit", kCommit}};
  replace_file(folder / "recertify.json", settings.dump(2) + "\n");
}

void recertify(const RecertifyOptions& o) {
  const Source source = open_source(o);
  const std::vector<const Method*> methods = chosen_methods(source, o);
  check_n(source, o);
  if (!(o.lipschitz >= 0 && std::isfinite(o.lipschitz))) {
    throw InputError(fmt::format("--lipschitz {}: must be a number >= 0", o.lipschitz));
  }
  if (!(o.temperature >= 0 && std::isfinite(o.temperature))) {
    throw InputError(fmt::format("--temperature {}: must be a positive number", o.temperature));
  }
  if ((!o.score_link.empty() || o.temperature > 0) && source.scores.keep != ScoreKeeping::kMatrix) {
    throw InputError("--temperature and --score-link need the logits of --scores matrix");
  }
  MethodOptions options;
  options.sigma = source.sigma;
  options.alpha = o.alpha.value_or(source.alpha);
  options.selection = o.select.empty() ? source.select : parse_selection(o.select);
  options.lipschitz = o.lipschitz;
  options.sigma_map = source.map ? &*source.map : nullptr;
  const Recertified result = certify_all(source, methods, options, o);
  if (result.logs[0].rows.empty())
    throw DataError(fmt::format("{}: no images", source.file.string()));

  if (const auto seen = describe_seen(source.map_seen, result.logs[0].rows)) {
    make_logger({})->warn("{}: {}", source.name, *seen);
  }
  std::vector<CertifiedAccuracy> curves(result.logs.begin(), result.logs.end());
  const auto radii = o.radii.empty() ? default_radii(curves) : parse_radii(o.radii);
  const std::string n = source.n_if_stopped > 0
                            ? fmt::format("n up to {}", source.n_if_stopped)
                            : fmt::format("n = {}", result.certificates[0][0].n);
  const std::string title = fmt::format(
      "{}: σ {}, {}, α = {}", source.name,
      source.map ? describe(*source.map) : fmt::format("= {}", options.sigma), n, options.alpha);
  if (!o.out.empty()) write_files(o.out, source, options, o, result, title);
  std::cout << title << ", class from " << to_string(options.selection) << "\n\n";
  print_table(std::cout, certified_accuracy_table(result.logs, radii));
  if (!o.out.empty()) std::cout << "\nfiles: " << o.out << "\n";
}

}  // namespace

void add_recertify_command(CLI::App& app) {
  auto* command = app.add_subcommand(
      "recertify", "Certify again from stored samples: another method, another alpha, no sampling");
  const auto o = std::make_shared<RecertifyOptions>();
  command->add_option("run", o->run, "Folder of a run");
  command
      ->add_option("--counts", o->counts,
                   "File of counts instead: a row an image, m counts and the label last")
      ->type_name("FILE");
  command->add_option("--sigma", o->sigma, "Noise that the counts were drawn with [the run's]");
  command
      ->add_option(
          "--method", o->methods,
          "One or more, separated by commas; `certify methods` [cohen; cohen-sequential where "
          "--stop-at was used, which makes the others invalid]")
      ->delimiter(',');
  command->add_option("--alpha", o->alpha,
                      "Failure probability of each certificate [the run's, or 0.001]");
  command->add_option("--select", o->select, "n0, same or label [the run's; same for --counts]");
  command->add_option(
      "--n", o->n,
      "Use only this many of the stored samples: the first scores of a trace, the "
      "first rows of a matrix; votes without a matrix are drawn without replacement, "
      "as their order is not stored");
  command->add_option("--seed", o->seed, "Seed of that draw")->capture_default_str();
  command->add_option("--lipschitz", o->lipschitz,
                      "A proven ℓ2 Lipschitz constant of the network's scores");
  command->add_option("--temperature", o->temperature,
                      "Another one, for runs with --scores matrix [the run's]");
  command->add_option("--score-link", o->score_link, "softmax or sparsemax, likewise [the run's]");
  command->add_option("--radii", o->radii, "Radii of the table: 0:2:0.25 or 0,0.25,0.5");
  command->add_option("--out", o->out, "Folder for rows, curve and settings");
  command->add_flag("--allow-unsound", o->allow_unsound,
                    "Admit printed methods that are not certificates; everything is marked");
  command->callback([o] { recertify(*o); });
}

}  // namespace certify
