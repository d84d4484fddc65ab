#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "apps/certify/run/open_run.h"
#include "core/sampling/sampler.h"

namespace certify {

using NetworkLoader = std::function<std::unique_ptr<Network>(const NetworkOptions& options)>;

/// Finds the batch at which the network is fastest, fused or not, unless settings.batch names one,
/// and loads the network on every GPU of the run, halving the batch until it fits on each.
/// @pre plan.networks holds the network on devices[0], not fused
/// @throws OutOfDeviceMemory where a batch that must not change does not fit
void load_on_gpus(const std::vector<std::string>& devices, const NetworkLoader& load, OpenRun& run,
                  spdlog::logger& log);

/// One worker for each GPU, rows of many images in a batch; of one image with --deterministic, so
/// that a batch's composition, and with it the place of every row, depends on the image alone.
/// @param plan  must outlive the sampler
std::unique_ptr<Sampler> make_gpu_sampler(const OpenRun& run,
                                          const std::function<void(std::int64_t)>& on_samples,
                                          const std::shared_ptr<spdlog::logger>& log);

}  // namespace certify
