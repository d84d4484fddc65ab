#pragma once

#include <string>
#include <vector>

#include "core/base/device_names.h"

namespace certify {

/// parse_devices() for the GPUs of this machine.
std::vector<std::string> resolve_devices(const std::string& text);

/// "NVIDIA H200"; nothing for the CPU.
std::string gpu_name(const std::string& device);

}  // namespace certify
