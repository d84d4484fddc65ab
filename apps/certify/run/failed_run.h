#pragma once

#include <cstdint>
#include <functional>

#include "core/runs/run_folder.h"

namespace certify {

/// Runs `sample`, which fills the folder. When the device is lost or memory runs out, the run is
/// closed as interrupted, and the error says how to go on: what is stored stays.
/// @param images  of the whole run
/// @return the seconds it took
/// @throws what `sample` throws; DeviceLost and std::bad_alloc as an Error that says so
double sample_or_explain(RunFolder& folder, std::int64_t images,
                         const std::function<void()>& sample);

}  // namespace certify
