#include "apps/certify/commands.h"

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "core/base/errors.h"
#include "core/runs/settings.h"
#include "core/verify/verify.h"

namespace certify {
namespace {

struct VerifyOptions {
  std::vector<std::string> paths;
  std::string select;
};

std::optional<ClassFrom> chosen(const std::string& select) {
  if (select.empty()) return std::nullopt;
  return parse_selection(select) == Selection::kSame ? ClassFrom::kSameSamples
                                                     : ClassFrom::kSeparateSamples;
}

void print(const std::string& path, const VerifyReport& report) {
  for (const VerifyFinding& finding : report.findings) {
    std::cout << finding.where << ": " << finding.what << '\n';
  }
  for (const std::string& note : report.notes) std::cerr << "note: " << note << '\n';
  std::cout << fmt::format("{}: {} rows checked ({}), ", path, report.rows,
                           fmt::join(report.methods, ", "));
  if (!report.findings.empty()) {
    std::cout << fmt::format("{} overclaim{} or contradiction{}\n", report.findings.size(),
                             report.findings.size() == 1 ? "" : "s",
                             report.findings.size() == 1 ? "" : "s");
  } else if (report.in_part > 0) {
    std::cout << fmt::format(
        "{} only in part: scores or gradients that they rest on are in their run's folder\n",
        report.in_part);
  } else {
    std::cout << "none overclaims\n";
  }
}

ExitCode verify(const VerifyOptions& options) {
  const std::optional<ClassFrom> from = chosen(options.select);
  ExitCode worst = ExitCode::kDone;
  for (const std::string& path : options.paths) {
    const VerifyReport report = verify_path(path, from);
    print(path, report);
    if (!report.findings.empty()) {
      worst = ExitCode::kFailedCheck;
    } else if (report.in_part > 0 && worst == ExitCode::kDone) {
      worst = ExitCode::kData;
    }
  }
  return worst;
}

}  // namespace

void add_verify_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "verify", "Check certificates independently of the code that made them; exit 1 if one fails");
  const auto options = std::make_shared<VerifyOptions>();
  command
      ->add_option("paths", options->paths,
                   "Runs, folders of recertify, or certificates.tsv files with all columns")
      ->type_name("RUN|TSV")
      ->required();
  command->add_option("--select", options->select,
                      "How the class was chosen in lone files: n0, same or label");
  command->callback([options, &exit_code] { exit_code = static_cast<int>(verify(*options)); });
  command->footer(
      "Exact for radius_full against p_lower and p_upper: one unit in the last place too much is\n"
      "found. Tails are evaluated to 1e-12, bounds on scores to 1e-12 + 3e-16 n; margins at the\n"
      "worst probabilities that a fine search finds. Methods on scores and of first order\n"
      "need the run: its folder, or one of recertify whose run is where it was. Counts, scores\n"
      "and gradients that were invented consistently with their rows cannot be told from true\n"
      "ones.");
}

}  // namespace certify
