#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <spdlog/logger.h>

#include "apps/certify/run/open_run.h"
#include "core/sampling/sampler.h"

namespace certify {

/// Chooses and loads the network of a run, on every device that will sample, and settles what hangs
/// on it: device, precision, batch, and the folder of the run, whose batch a resumed run keeps.
/// @pre the plan's settings have their data set, sigma, n0, n, method and shard
/// @throws InputError or DataError
void load_network(const OptionSet& options, OpenRun& run, spdlog::logger& log);

/// What samples the run on the devices that were chosen.
/// @param plan  must outlive the sampler   @param on_samples  as in SchedulerOptions
std::unique_ptr<Sampler> make_sampler(const OpenRun& run,
                                      const std::function<void(std::int64_t)>& on_samples,
                                      const std::shared_ptr<spdlog::logger>& log);

}  // namespace certify
