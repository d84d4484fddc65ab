#include "apps/certify/commands.h"

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "apps/certify/logging.h"
#include "apps/certify/run/run_results.h"
#include "core/runs/merge.h"
#include "core/runs/run_folder.h"

namespace certify {
namespace {

struct MergeOptions {
  std::vector<std::string> runs;
  std::string out;
  bool fresh = false;
};

void merge(const MergeOptions& options) {
  const auto log = make_logger({});
  const std::vector<std::filesystem::path> shards(options.runs.begin(), options.runs.end());
  const Manifest merged = merge_runs(shards, options.out, options.fresh);
  log->info("{} shards, {} images", shards.size(), merged.images);
  const auto map = sigma_map_of(options.out, merged.settings);
  RunResults results(merged.settings, map ? &*map : nullptr);
  read_run(options.out, [&](const ImageSamples& samples) { results.add(samples); });
  results.begin_rows(options.out);
  results.finish(merged, std::cout, *log);
}

}  // namespace

void add_merge_command(CLI::App& app) {
  auto* command =
      app.add_subcommand("merge", "Join the shards of a run (--shard I/N) into one run");
  const auto options = std::make_shared<MergeOptions>();
  command->add_option("runs", options->runs, "Folders of all shards, in any order")
      ->type_name("RUN")
      ->required();
  command->add_option("--out", options->out, "Folder of the merged run")->required();
  command->add_flag("--fresh", options->fresh, "Replace an earlier run in that folder");
  command->callback([options] { merge(*options); });
}

}  // namespace certify
