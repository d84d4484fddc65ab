#include "apps/certify/commands.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "apps/certify/options/option_flags.h"
#include "apps/certify/options/run_dataset.h"
#include "apps/certify/results/row_claims.h"
#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/runs/run_folder.h"
#include "core/sweeps/sweep_folder.h"
#include "core/verify/verify.h"
#include "data/dataset.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

struct VerifyOptions {
  std::vector<std::string> paths;
  std::string select, model, denoiser, device;
  TypedOptions data;
  std::optional<std::int64_t> resample;
  std::vector<std::int64_t> resample_index;
  bool allow_native_code = false;
  std::uint64_t seed = 0;
  int workers = 0;

  bool resamples() const { return resample || !resample_index.empty(); }
};

std::optional<ClassFrom> chosen(const std::string& select) {
  if (select.empty()) return std::nullopt;
  return parse_selection(select) == Selection::kSame ? ClassFrom::kSameSamples
                                                     : ClassFrom::kSeparateSamples;
}

std::string verdict(const VerifyReport& report) {
  if (!report.findings.empty()) {
    const auto drawn = std::ranges::count_if(report.findings, is_of_drawn_file);
    const auto others = std::ssize(report.findings) - drawn;
    const auto counted = others > 0 ? others : drawn;
    const std::string_view more = counted == 1 ? "" : "s";
    return fmt::format("{} overclaim{} or contradiction{}{}", counted, more, more,
                       others == 0 || drawn == 0
                           ? ""
                           : fmt::format(", and {} in files that are made from the rows", drawn));
  }
  if (report.rows == 0) return "there is nothing to check";
  if (report.unsettled > 0) {
    return fmt::format(
        "{} image{} other samples here: the arithmetic is another, which explains a few votes and "
        "no more",
        report.unsettled, report.unsettled == 1 ? " has" : "s have");
  }
  if (report.in_part > 0) {
    return fmt::format(
        "{} only in part: scores or gradients that they rest on are in their run's folder",
        report.in_part);
  }
  if (report.alone > 0) return "none overclaims by itself; its samples were not looked at";
  return "none overclaims";
}

/// A row that is wrong makes wrong steps in every file that is made from the rows: of those files
/// a few findings say enough.
void print_findings(const std::vector<VerifyFinding>& findings) {
  constexpr int kMostOfADrawnFile = 3;
  std::map<std::string, int> in_file, printed;
  for (const VerifyFinding& finding : findings) ++in_file[file_of(finding)];
  for (const VerifyFinding& finding : findings) {
    const std::string file = file_of(finding);
    if (is_of_drawn_file(finding) && ++printed[file] > kMostOfADrawnFile) {
      if (printed[file] == kMostOfADrawnFile + 1) {
        std::cout << fmt::format("{}: and {} more of this file\n", file,
                                 in_file[file] - kMostOfADrawnFile);
      }
      continue;
    }
    std::cout << finding.where << ": " << finding.what << '\n';
  }
}

void print(const std::string& path, const VerifyReport& report) {
  print_findings(report.findings);
  for (const std::string& note : report.notes) std::cerr << "note: " << note << '\n';
  std::cout << fmt::format(
      "{}: {} rows checked{}, {}\n", path, report.rows,
      report.methods.empty() ? "" : fmt::format(" ({})", fmt::join(report.methods, ", ")),
      verdict(report));
}

ExitCode exit_code_of(const VerifyReport& report) {
  if (!report.findings.empty()) return ExitCode::kFailedCheck;
  const bool open = report.rows == 0 || report.in_part > 0 || report.unsettled > 0;
  return open ? ExitCode::kData : ExitCode::kDone;
}

DataAtHand at_hand(const Dataset& data) {
  return {data.sha256(), data.size(), [&data](std::int64_t index) -> std::optional<int> {
            try {
              return data.at(index).label;
            } catch (const UnreadableImage&) {
              return std::nullopt;
            }
          }};
}

/// Of this program, if it is that of the run: nothing that is typed or set can make it another.
std::unique_ptr<Dataset> embedded_data(const Manifest& manifest, std::vector<std::string>& notes) {
  const RunSettings& s = manifest.settings;
  std::string why;
  try {
    auto data = open_dataset({.name = s.dataset, .split = s.split});
    if (data->sha256() == s.dataset_sha256) return data;
    why = "the hash is another";
  } catch (const Error& error) {
    why = error.what();
  }
  notes.push_back(fmt::format("{} {}: not the data of this program ({}), so labels are not checked",
                              s.dataset, s.split, why));
  return nullptr;
}

/// A run, beside the data, the model and the samples that are asked for.
VerifyReport verify_run_with_files(const VerifyOptions& o, const fs::path& run,
                                   const Resample& resample) {
  VerifyExtent extent;
  const Manifest manifest = manifest_of(run);
  std::unique_ptr<Dataset> data;
  std::vector<std::string> notes;
  if (!o.data.empty() || o.resamples()) {
    OptionSet where;
    set_from_environment(where, finds_data);
    set_from_flags(where, o.data);
    data = open_dataset_named_by(manifest, where);
  } else if (is_embedded(manifest.settings.dataset)) {
    data = embedded_data(manifest, notes);
  }
  if (data) extent.at_hand.data = at_hand(*data);
  const fs::path model = o.model.empty() ? manifest.model_file : o.model;
  if (!o.model.empty() || o.resamples()) {
    std::error_code unreadable;
    if (o.model.empty() && !fs::exists(model, unreadable)) {
      throw DataError("{}: its network is not at {}{}; --model FILE says where it is", run.string(),
                      model.string(),
                      model.is_relative() ? ", seen from " + fs::current_path().string() : "");
    }
    extent.at_hand.model = {model.string(), sha256_of_file(model)};
  }
  const fs::path denoiser = o.denoiser.empty() ? manifest.denoiser_file : o.denoiser;
  if (!o.denoiser.empty() || (o.resamples() && manifest.settings.denoiser)) {
    if (denoiser.empty()) {
      throw DataError("{}: does not say where its denoiser lay; --denoiser does", run.string());
    }
    extent.at_hand.denoiser = {denoiser.string(), sha256_of_file(denoiser)};
  }
  VerifyReport again;  // first, as it is another program that can
  if (o.resamples()) {
    again = resample({.run = run,
                      .data = data.get(),
                      .denoiser = denoiser,
                      .model = model,
                      .device = o.device,
                      .images = o.resample.value_or(0),
                      .seed = o.seed,
                      .indices = {o.resample_index.begin(), o.resample_index.end()},
                      .workers = o.workers,
                      .allow_native_code = o.allow_native_code});
  }
  VerifyReport report = verify_run(run, extent);
  report.add(std::move(again));
  report.put_causes_first();
  report.notes.insert(report.notes.end(), notes.begin(), notes.end());
  const bool clean = report.findings.empty() && report.rows > 0;  // else files may not fit together
  if (const auto lower = clean ? describe_lower_rows(run) : std::nullopt) {
    report.notes.push_back(fmt::format("{}: {}; no overclaim, but not what this program writes",
                                       (run / kCertificatesFile).string(), *lower));
  }
  return report;
}

ExitCode verify(const VerifyOptions& o, const Resample& resample) {
  if (o.resample && *o.resample < 1) {
    throw InputError("--resample {}: must be positive", *o.resample);
  }
  if (o.resample && !o.resample_index.empty()) {
    throw InputError("--resample K chooses images, --resample-index names them: give one of both");
  }
  const std::optional<ClassFrom> from = chosen(o.select);
  const bool files = !o.data.empty() || !o.model.empty() || !o.denoiser.empty() || o.resamples();
  bool failed = false, open = false;
  for (const std::string& path : o.paths) {
    const bool is_run = fs::exists(fs::path(path) / kManifestFile);
    if (files && !is_run) {
      throw InputError("{}: no run; data, model and samples drawn again are those of a run", path);
    }
    if (fs::exists(fs::path(path) / kSweepFile)) {
      throw DataError(
          "{}: a sweep; its runs lie in its samples and runs, and are checked one by one", path);
    }
    const VerifyReport report =
        is_run ? verify_run_with_files(o, path, resample) : verify_path(path, from);
    print(path, report);
    failed |= exit_code_of(report) == ExitCode::kFailedCheck;
    open |= exit_code_of(report) == ExitCode::kData;
  }
  return failed ? ExitCode::kFailedCheck : open ? ExitCode::kData : ExitCode::kDone;
}

}  // namespace

void add_verify_command(CLI::App& app, int& exit_code, const Resample& resample) {
  auto* command = app.add_subcommand(
      "verify", "Check certificates independently of the code that made them; exit 1 if one fails");
  const auto options = std::make_shared<VerifyOptions>();
  add_option_flags(*command, options->data, finds_data);
  command
      ->add_option("paths", options->paths,
                   "Runs, folders of recertify, or certificates.tsv files with all columns")
      ->type_name("RUN|TSV")
      ->required();
  command->add_option("--select", options->select,
                      "How the class was chosen in lone files: n0, same or label");
  command
      ->add_option("--model", options->model,
                   "Compare the model's hash, too; for --resample, where the run's model is now")
      ->type_name("FILE");
  command->add_option("--denoiser", options->denoiser, "As --model, of the run's denoiser")
      ->type_name("FILE");
  command
      ->add_option("--resample", options->resample,
                   "Draw the samples of so many images again, and compare them bit for bit")
      ->type_name("K");
  command
      ->add_option("--resample-index", options->resample_index,
                   "Instead of --resample: these images, by their index in the data set")
      ->type_name("I,...")
      ->allow_extra_args(false)  // the next word is a run
      ->delimiter(',');
  command
      ->add_option("--resample-seed", options->seed,
                   "Chooses these images: one in each of K equal parts of the run")
      ->type_name("S");
  command->add_option("--device", options->device, "Of --resample [as the run]")
      ->type_name(kOneDevice);
  command->add_option("--workers", options->workers, "Of --resample [one a core]");
  command->add_flag(
      "--allow-native-code", options->allow_native_code,
      "Of --resample: load a model that is compiled code; it may do anything that you may");
  command->callback([options, resample, &exit_code] {
    exit_code = static_cast<int>(verify(*options, resample));
  });
  command->footer(
      "With --data-dir the data's hash and the labels of the run's images are compared, too.\n"
      "Exact for radius_full against p_lower and p_upper: one unit in the last place too much is\n"
      "found. Tails are evaluated to 1e-12, bounds on scores to 1e-12 + 3e-16 n; margins at the\n"
      "worst probabilities that a fine search finds. Methods on scores and of first order\n"
      "need the run: its folder, or one of recertify whose run is where it was. Samples that were\n"
      "invented consistently with their rows cannot be told from true ones, but by --resample.\n"
      "What is checked, and what no checker can see: `certify help checking`.");
}

}  // namespace certify
