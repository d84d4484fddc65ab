#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/certify/bench/machine.h"
#include "apps/certify/commands.h"
#include "apps/certify/program.h"
#include "core/base/errors.h"
#include "core/base/process.h"
#include "data/dataset.h"
#include "models/model_catalogue.h"

namespace certify {
namespace {

/// "Debian GNU/Linux 12 (bookworm)".
std::string system_name() {
  std::ifstream in("/etc/os-release");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("PRETTY_NAME=\"")) return line.substr(13, line.size() - 14);
  }
  return "unknown";
}

std::string processor() {
  const auto machine = describe_machine();
  const std::int64_t kilobytes = std::atoll(machine.at("memory").get<std::string>().c_str());
  return fmt::format("{} × {}, {:.0f} GB of memory", machine.at("cores").get<int>(),
                     machine.at("cpu").get<std::string>(),
                     static_cast<double>(kilobytes) * 1024e-9);
}

std::string networks() {
  const auto folders = model_folders("");
  std::string text;
  try {
    text = fmt::format("{} found", list_models(folders).size());
  } catch (const Error& broken) {
    text = broken.what();
  }
  const bool own = std::getenv("CERTIFY_MODELS") != nullptr;
  return text + (own ? "" : "; CERTIFY_MODELS=DIR adds yours") + "; `certify models` lists them";
}

std::string datasets() {
  std::string found;
  for (const DatasetListing& listing : list_datasets({})) {
    if (!listing.found || listing.named_by_files) continue;
    const std::string place = listing.searched.empty() ? "embedded" : listing.found_first.string();
    found += fmt::format("{}{} ({})", found.empty() ? "" : ", ", listing.name, place);
  }
  return found + (std::getenv("CERTIFY_DATA") == nullptr
                      ? "; others: --data-dir DIR, or CERTIFY_DATA=DIR; `certify datasets` says "
                        "which files each needs"
                      : "; `certify datasets` says what was looked for");
}

std::string slurm() {
  const CommandAnswer answer = run_command({"sbatch", "--version"});
  if (answer.is_missing()) return "none: no sbatch here; sweeps run on this machine";
  if (answer.code != 0) {
    return "sbatch cannot be used: " + answer.text.substr(answer.text.rfind('\n') + 1);
  }
  return answer.text + "; sweeps run there with --launcher slurm (`certify help slurm`)";
}

std::string pictures() {
  const CommandAnswer answer = run_command({"rsvg-convert", "--version"});
  return answer.is_missing() ? "SVG; .png needs rsvg-convert (Debian: librsvg2-bin)"
                             : "SVG, and .png by " + answer.text;
}

void print(const std::vector<DoctorLine>& lines) {
  for (const auto& [about, text] : lines) std::cout << fmt::format("{:<12}{}\n", about, text);
}

void examine(bool torch_alone, const DescribeTorch& describe_torch) {
  if (torch_alone) return print(describe_torch());
  print({{"certify", version_text()}, {"system", system_name()}, {"processor", processor()}});
  print(describe_torch());
  print({{"networks", networks()},
         {"data sets", datasets()},
         {"Slurm", slurm()},
         {"figures", pictures()}});
}

}  // namespace

void add_doctor_command(CLI::App& app, const DescribeTorch& describe_torch) {
  auto* command =
      app.add_subcommand("doctor", "What this machine has, and what to do about what is missing");
  const auto torch_alone = std::make_shared<bool>(false);
  // What `certify` asks of `certify-torch`, in a process that may fail to start.
  command->add_flag("--torch", *torch_alone)->group("");
  command->callback([torch_alone, describe_torch] { examine(*torch_alone, describe_torch); });
}

}  // namespace certify
