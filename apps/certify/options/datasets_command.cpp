#include "apps/certify/commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/base/errors.h"
#include "data/dataset.h"

namespace certify {
namespace {

struct DatasetsOptions {
  std::string data_dir;
  std::string export_dir;
  std::string dataset;
  std::vector<std::string> splits{"train", "test"};
};

std::string where(const DatasetListing& listing) {
  if (listing.named_by_files) return "files of your own";
  if (listing.found) {
    return listing.found_first.empty() ? "embedded" : "found " + listing.found_first.string();
  }
  if (listing.searched.empty()) {
    return fmt::format("not looked for ({}): give --data-dir DIR or set {}CERTIFY_DATA",
                       listing.files, listing.name == "imagenet" ? "IMAGENET_DIR or " : "");
  }
  std::string places;
  for (const auto& place : listing.searched) {
    places += fmt::format("{}{}", places.empty() ? "" : ", ", place.string());
  }
  return fmt::format("not found ({}), looked in {}", listing.files, places);
}

void print_datasets(const std::string& data_dir) {
  for (const DatasetListing& listing : list_datasets(data_dir)) {
    fmt::print("{:<14}{}\n{:<14}{}\n", listing.name, listing.summary, "", where(listing));
  }
}

void export_splits(const DatasetsOptions& options) {
  if (options.dataset.empty()) throw InputError("--export needs --dataset NAME");
  const auto tests = std::ranges::count_if(
      options.splits, [](const std::string& split) { return split != "train"; });
  if (tests > 1) throw InputError("--split test and val are the same file of CIFAR-10: export one");
  for (const std::string& split : options.splits) {
    const auto folder = data_folder(options.dataset, options.data_dir);
    const auto dataset = open_dataset({.name = options.dataset, .split = split, .dir = folder});
    for (const auto& file : write_cifar10_batches(*dataset, options.export_dir)) {
      fmt::print("{}\n", file.string());
    }
  }
}

}  // namespace

void add_datasets_command(CLI::App& app) {
  const auto options = std::make_shared<DatasetsOptions>();  // lives as long as the callback
  CLI::App* command =
      app.add_subcommand("datasets", "List the data sets, or export one for training");
  command
      ->add_option("--data-dir", options->data_dir,
                   "folder that holds the files of data sets [$CERTIFY_DATA]")
      ->type_name("DIR");
  CLI::Option* target =
      command
          ->add_option("--export", options->export_dir,
                       "write a data set in CIFAR-10's binary format, creating the folder")
          ->type_name("DIR");
  command->add_option("--dataset", options->dataset, "the data set to export")
      ->type_name("NAME")
      ->needs(target);
  command->add_option("--split", options->splits, "the splits to export (default: train and test)")
      ->type_name("test|val|train")
      ->needs(target);
  command->callback([options] {
    if (options->export_dir.empty()) return print_datasets(options->data_dir);
    export_splits(*options);
  });
}

}  // namespace certify
