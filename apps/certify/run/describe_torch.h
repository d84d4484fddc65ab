#pragma once

#include <vector>

#include "apps/certify/commands.h"

namespace certify {

/// LibTorch, GPUs and the precisions of this processor, as `certify doctor` shows them.
std::vector<DoctorLine> describe_torch();

}  // namespace certify
