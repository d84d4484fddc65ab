#include "apps/certify/commands.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/certify/logging.h"
#include "apps/certify/recertify/stored_samples.h"
#include "apps/certify/version.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/curves/radii.h"
#include "core/methods/certify_many.h"
#include "core/report/figures/svg.h"
#include "core/report/logs/cohen_log.h"
#include "core/report/sources/run_description.h"
#include "core/report/tables/curve_tsv.h"
#include "core/report/tables/table.h"
#include "core/report/tables/value_names.h"
#include "core/runs/run_folder.h"
#include "core/sampling/statistics/score_keeper.h"
#include "core/sampling/statistics/subsample.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

/// One log a method; certificates are kept for the files.
struct Recertified {
  std::vector<RadiusLog> logs;
  std::vector<std::vector<Certificate>> certificates;
};

ImageSamples votes_drawn(const ImageSamples& samples, const RecertifyPlan& plan) {
  ImageSamples drawn;
  drawn.index = samples.index;
  drawn.label = samples.label;
  drawn.selection = samples.selection;
  drawn.estimation = subsample(samples.estimation, plan.n, plan.seed, samples.index);
  drawn.seconds = samples.seconds;
  return drawn;
}

std::size_t bytes_of(const ImageSamples& samples) {
  return 1024 + samples.trace.values.size() * sizeof(float) +
         samples.histogram.counts.size() * sizeof(std::int64_t);
}

/// Certifies all images by each method, a chunk of samples in memory at a time.
Recertified certify_all(const StoredSamples& source, const RecertifyPlan& plan) {
  constexpr std::size_t kChunk = 128 << 20;  // bytes of samples in memory, however many there are
  const std::vector<const Method*>& methods = plan.methods;
  Recertified out;
  out.logs.resize(methods.size());
  out.certificates.resize(methods.size());
  std::vector<ImageSamples> chunk, drawn_votes;
  std::size_t bytes = 0;
  const auto flush = [&] {
    for (std::size_t m = 0; m < methods.size(); ++m) {
      const bool on_votes = methods[m]->needs == SampleNeeds::kCounts;
      const auto& samples = plan.draws_votes && on_votes ? drawn_votes : chunk;
      for (const Certificate& c : certify_many(samples, *methods[m], plan.options)) {
        out.certificates[m].push_back(c);
      }
    }
    chunk.clear();
    drawn_votes.clear();
    bytes = 0;
  };
  source.read([&](ImageSamples samples) {
    if (plan.n > 0 && !samples.logits.empty()) keep_first(samples, plan.n);
    trace_from_logits(samples, plan.options.selection, plan.link, plan.temperature);
    if (plan.draws_votes) {
      drawn_votes.push_back(votes_drawn(samples, plan));
      if (!samples.trace.empty()) keep_first(samples, plan.n);
    }
    bytes += bytes_of(samples);
    chunk.push_back(std::move(samples));
    if (bytes >= kChunk) flush();
  });
  flush();
  for (std::size_t m = 0; m < methods.size(); ++m) {
    out.logs[m] = to_radius_log(out.certificates[m]);
    out.logs[m].name = methods[m]->name;
    out.logs[m].methods = {std::string(methods[m]->name)};
  }
  return out;
}

/// What another recertification left here would stand beside this one's rows as if it were of it.
void remove_what_is_of_another(const fs::path& folder, const std::vector<std::string>& methods) {
  std::vector<fs::path> others;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (is_of_a_page(entry.path())) others.push_back(entry.path());
    const std::string name = entry.path().filename().string();
    for (const std::string prefix : {"certificates-", "radii-"}) {
      if (!name.starts_with(prefix) || !name.ends_with(".tsv")) continue;
      const auto method = name.substr(prefix.size(), name.size() - prefix.size() - 4);
      if (std::ranges::find(methods, method) == methods.end()) others.push_back(entry.path());
    }
  }
  for (const fs::path& file : others) {
    std::error_code error;
    fs::remove(file, error);
    if (error) throw IoError("{}: cannot remove it", file.string());
  }
}

void write_files(const fs::path& folder, const StoredSamples& source, const RecertifyPlan& plan,
                 const RecertifyOptions& o, const Recertified& result, const std::string& title) {
  create_folder(folder);
  if (fs::exists(folder / kManifestFile)) {
    throw DataError("{}: holds a run; --out needs a folder of its own", folder.string());
  }
  for (std::size_t m = 0; m < result.logs.size(); ++m) {
    std::string rows = certificates_header(columns_of(plan.options));
    for (const Certificate& c : result.certificates[m]) rows += certificates_row(c);
    replace_file(folder / recertified_rows_file(result.logs[m].name), rows);
    if (const std::string radii = radii_tsv(result.certificates[m]); !radii.empty()) {
      replace_file(folder / recertified_radii_file(result.logs[m].name), radii);
    }
  }
  ChartOptions chart;
  chart.title = title;
  chart.x_label = axis_label(result.logs);
  replace_file(folder / kCurveTsvFile, curve_tsv(result.logs));
  replace_file(folder / kCurveSvgFile, curve_svg(result.logs, chart));
  std::vector<std::string> names;
  for (const RadiusLog& log : result.logs) names.push_back(log.name);
  const nlohmann::ordered_json settings{
      {"schema", 1},
      {"source", fs::absolute(source.file).lexically_normal().string()},
      {"source_sha256", sha256_of_file(source.file)},
      {"methods", names},
      {"sigma", plan.options.noise.sigma},
      {"sigma_map", source.map ? source.map->sha256 : ""},
      {"sigma_map_seen", source.map_seen ? to_string(*source.map_seen) : ""},
      {"batch_dependent", source.batch_dependent},
      {"alpha", plan.options.alpha},
      {"select", to_string(plan.options.selection)},
      {"n", o.n},
      {"votes", plan.draws_votes ? "drawn"
                : o.n > 0        ? "first"
                                 : "all"},
      {"scores", source.facts.scores.keep == ScoreKeeping::kNone ? "none"
                 : o.n > 0                                       ? "first"
                                                                 : "all"},
      {"seed", o.seed},
      {"lipschitz", plan.options.lipschitz},
      {"score_link", o.score_link},
      {"temperature", o.temperature},
      {"certify", kVersion},
      {"commit", kCommit}};
  const std::string text = settings.dump(2) + "\n";
  const fs::path file = folder / kRecertifyFile;
  const bool same = fs::exists(file) && read_file(file) == text;
  replace_file(file, text);
  if (!same) remove_what_is_of_another(folder, names);
}

/// That a seed had a say, which no row shows; empty where none had.
std::string describe_draw(const RecertifyPlan& plan) {
  const bool on_votes = std::ranges::any_of(
      plan.methods, [](const Method* method) { return method->needs == SampleNeeds::kCounts; });
  if (!plan.draws_votes || !on_votes) return "";
  return fmt::format(
      "{} votes of each image were drawn, with seed {}. Choose the seed before you see what it "
      "gives: the best of k seeds may be wrong with probability k α.\n",
      plan.n, plan.seed);
}

void recertify(const RecertifyOptions& o) {
  const StoredSamples source = open_stored_samples(o);
  const RecertifyPlan plan = resolve(o, source.facts_with_map());
  const MethodOptions& options = plan.options;
  const Recertified result = certify_all(source, plan);
  if (result.logs[0].rows.empty()) throw DataError("{}: no images", source.file.string());

  if (source.batch_dependent) {
    make_logger({})->warn("{}: {}", source.facts.name, kBatchDependentMark);
  }
  if (const auto seen = describe_seen(source.map_seen, result.logs[0].rows)) {
    make_logger({})->warn("{}: {}", source.facts.name, *seen);
  }
  const auto radii = o.radii.empty() ? default_radii(result.logs) : parse_radii(o.radii);
  const std::string n = source.facts.n_if_stopped > 0
                            ? fmt::format("n up to {}", source.facts.n_if_stopped)
                            : fmt::format("n = {}", result.certificates[0][0].n);
  const std::string title =
      fmt::format("{}: σ {}, {}, α = {}", source.facts.name,
                  source.map ? describe(*source.map) : fmt::format("= {}", options.noise.sigma), n,
                  options.alpha);
  if (!o.out.empty()) write_files(o.out, source, plan, o, result, title);
  std::cout << title << ", class from " << to_string(options.selection) << "\n"
            << describe_draw(plan) << "\n";
  print_table(std::cout, certified_accuracy_table(result.logs, radii));
  if (!o.out.empty()) std::cout << "\nfiles: " << o.out << "\n";
}

}  // namespace

void add_recertify_command(CLI::App& app) {
  auto* command = app.add_subcommand(
      "recertify", "Certify again from stored samples: another method, another alpha, no sampling");
  const auto o = std::make_shared<RecertifyOptions>();
  command->add_option("run", o->run, "Folder of a run")->type_name("RUN");
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
      ->allow_extra_args(false)  // the next word is a run
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
  command->add_option("--score-link", o->score_link,
                      "softmax or sparsemax, for the same runs [the run's]");
  command->add_option("--radii", o->radii, "Radii of the table: 0:2:0.25 or 0,0.25,0.5");
  command->add_option("--out", o->out, "Folder for rows, curve and settings");
  command->callback([o] { recertify(*o); });
}

}  // namespace certify
