#pragma once
/// A run's plan with its files open: images, network, map of sigma.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include <spdlog/logger.h>

#include "core/configs/option_values.h"
#include "core/plan/run_plan.h"
#include "core/runs/manifest.h"
#include "data/dataset.h"
#include "models/network.h"

namespace certify {

/// Everything that sampling needs, checked and opened.
struct OpenRun {
  RunPlan plan;
  std::unique_ptr<Dataset> dataset;
  std::vector<std::int64_t> indices;  ///< images of this run, in order
  /// The network of the run, once for each GPU that samples, or once for the CPU.
  std::vector<std::unique_ptr<Network>> networks;
  int workers = 1;
  std::filesystem::path out;
  Manifest manifest;
};

/// @throws InputError or DataError, before anything is written; warns of what will certify nothing.
OpenRun open_run(const OptionSet& options, spdlog::logger& log);

}  // namespace certify
