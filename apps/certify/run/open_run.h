#pragma once
/// A run's plan with its files open: images, network, map of sigma.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include <spdlog/logger.h>

#include "core/configs/option_values.h"
#include "core/plan/run_plan.h"
#include "core/runs/manifest.h"
#include "core/sampling/sampler.h"
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
  Denoiser denoiser;               ///< in front of the network, as the settings say
  bool allow_native_code = false;  ///< as NetworkOptions has it
  std::filesystem::path out;
  Manifest manifest;
};

/// @throws InputError or DataError, before anything is written; warns of what will certify nothing.
OpenRun open_run(const OptionSet& options, spdlog::logger& log);

/// Chooses and loads the network of a run, on every device that will sample, and settles what hangs
/// on it: device, precision, batch, and the folder of the run, whose batch a resumed run keeps.
/// @pre the plan's settings have their data set, sigma, n0, n, method and shard
/// @throws InputError or DataError
void load_network(const OptionSet& options, const DatasetRequest& data, OpenRun& run,
                  spdlog::logger& log);

/// The part of it that follows from the file: loads it on the devices, and settles its classes,
/// hash, device, LibTorch and batch, where that is free (0). Where the settings are marked as those
/// of a network that depends on the batch, it may; the mark stays where it does.
/// @param workers  0: one a core
void load_on_devices(const std::filesystem::path& file, const std::vector<std::string>& devices,
                     int workers, const DatasetInfo& data, OpenRun& run, spdlog::logger& log);

/// What samples the run on the devices that were chosen.
/// @param plan  must outlive the sampler   @param on_samples  as in SchedulerOptions
std::unique_ptr<Sampler> make_sampler(const OpenRun& run,
                                      const std::function<void(std::int64_t)>& on_samples,
                                      const std::shared_ptr<spdlog::logger>& log);

}  // namespace certify
