#pragma once

#include "core/sampling/sampler.h"

namespace certify {

/// SIGTERM, SIGUSR1, SIGUSR2 and a first SIGINT set the flag that is returned; a second SIGINT ends
/// the process with exit code 130 at once. SIGPIPE and SIGXFSZ become errors of the write instead.
/// Slurm may send SIGTERM twice, so a second SIGTERM changes nothing.
const StopFlag& stop_on_signals();

}  // namespace certify
