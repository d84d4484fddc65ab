#pragma once
/// A plan, completed by what the data set and a map of sigma say.

#include <memory>
#include <optional>
#include <vector>

#include "core/base/stopping_rule.h"
#include "core/plan/plan.h"
#include "core/sampling/sampler.h"
#include "core/sigma_map/sigma_map.h"
#include "data/mask.h"

namespace certify {

/// What a data set says of itself once it is open.
struct DatasetFacts {
  std::string sha256;
  ImageShape shape;
  int classes = 0;
};

/// Everything that decides which samples are drawn and what is made of them.
struct RunPlan {
  const Method* method = nullptr;
  RunSettings settings;  ///< the network's are added when it is loaded
  std::optional<SigmaMap> sigma_map;
  std::unique_ptr<StoppingRule> stopping;  ///< none: all n samples of every image
  GradientPlan gradient;                   ///< used where the settings ask for it

  const SigmaMap* map() const { return sigma_map ? &*sigma_map : nullptr; }
  SamplingPlan sampling() const;  ///< refers to this plan
};

/// Draws another family's noise. @param stream  NoiseFamily::stream
/// @throws InputError for radii to stop at that it puts out of reach; DataError for an unknown one.
void set_noise(RunPlan& plan, const std::string& stream);

/// @param map    that plan.sigma_map names   @param masks  those of plan.masks, in their order
/// @throws InputError for two masks of one name, and radii to stop at that the map puts out of
/// reach; DataError for a map of another shape.
RunPlan complete(const Plan& plan, const DatasetFacts& data, std::optional<SigmaMap> map,
                 std::vector<Mask> masks);

}  // namespace certify
