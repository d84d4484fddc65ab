#include "apps/certify/commands.h"

#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/report/tables/table.h"
#include "models/model_catalogue.h"

namespace certify {
namespace {

void print_models(const std::string& dir) {
  const auto folders = model_folders(dir);
  TextTable table{{"model", "data set", "sigma", "noise", "architecture", "file"}, {}};
  for (const ModelCard& card : list_models(folders)) {
    table.rows.push_back({card.name, card.dataset, fmt::format("{}", card.sigma),
                          card.noise.empty() ? "normal" : card.noise,
                          card.architecture + (card.denoiser ? " (--denoiser)" : ""),
                          card.file.string()});
  }
  if (!table.rows.empty()) print_table(std::cout, table);
  std::cout << (table.rows.empty() ? "No models in:\n" : "\nSearched:\n");
  for (const auto& folder : folders) std::cout << "  " << folder.string() << "\n";
}

}  // namespace

void add_models_command(CLI::App& app) {
  auto* command =
      app.add_subcommand("models", "List the models that are found, and what they are for");
  const auto dir = std::make_shared<std::string>();
  command->add_option("--model-dir", *dir, "Folder to search first [$CERTIFY_MODELS]")
      ->type_name("DIR");
  command->callback([dir] { print_models(*dir); });
}

}  // namespace certify
