#pragma once

#include <vector>

#include "apps/certify/recertify/stored_samples.h"
#include "core/curves/radius_log.h"
#include "core/plan/recertify_plan.h"

namespace certify {

/// One log a method; certificates are kept for the files.
struct Recertified {
  std::vector<RadiusLog> logs;
  std::vector<std::vector<Certificate>> certificates;
};

/// Certifies all images by each method, a chunk of samples in memory at a time.
/// @throws InputError where a method refuses an image.
Recertified certify_all(const StoredSamples& source, const RecertifyPlan& plan);

}  // namespace certify
