#include "core/plan/run_plan.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/errors.h"
#include "core/methods/counts/stop_at.h"
#include "core/sigma_map/sigma_map_file.h"

namespace certify {
namespace {

/// Of a map the smallest stands for all: its ball lies in every ellipsoid.
void add_map(std::optional<SigmaMap> map, const Plan& plan, RunPlan& run) {
  if (!map) return;
  require_shape(*map, run.settings.shape, plan.sigma_map);
  run.settings.sigma = map->smallest;
  run.settings.sigma_map = map->sha256;
  run.sigma_map = std::move(map);
}

void add_masks(std::vector<Mask> masks, const Plan& plan, RunPlan& run) {
  for (Mask& mask : masks) {
    for (const Subspace& other : run.gradient.subspaces) {
      if (other.name == mask.name) {
        throw InputError("--mask {}: two masks are called '{}'", fmt::join(plan.masks, ","),
                         mask.name);
      }
    }
    run.settings.masks.push_back(fmt::format("{}:{}", mask.name, mask.sha256));
    run.gradient.subspaces.push_back({std::move(mask.name), std::move(mask.contains)});
  }
}

void add_stopping(RunPlan& run) {
  const RunSettings& s = run.settings;
  if (s.stop_at.empty()) return;
  try {
    run.stopping = std::make_unique<StopAt>(s.stop_at, s.n, s.method_options());
  } catch (const InputError& error) {
    throw InputError("--stop-at {}: {}", fmt::join(s.stop_at, ","), error.what());
  }
}

}  // namespace

SamplingPlan RunPlan::sampling() const {
  const RunSettings& s = settings;
  return {s.n0,
          s.n,
          s.noise_value(map()),
          s.seed,
          s.scores,
          stopping.get(),
          s.gradient ? &gradient : nullptr};
}

void set_noise(RunPlan& plan, const std::string& stream) {
  plan.settings.noise = stream;
  plan.settings.noise_value();  // known?
  add_stopping(plan);
}

RunPlan complete(const Plan& plan, const DatasetFacts& data, std::optional<SigmaMap> map,
                 std::vector<Mask> masks) {
  RunPlan run;
  run.method = plan.method;
  run.settings = plan.settings;
  RunSettings& s = run.settings;
  s.dataset_sha256 = data.sha256;
  s.shape = data.shape;
  s.classes = data.classes;
  add_map(std::move(map), plan, run);
  if (s.gradient) {
    run.gradient = {s.select == Selection::kLabel, channel_subspaces(s.shape), s.keep_gradient};
    add_masks(std::move(masks), plan, run);
  }
  add_stopping(run);
  return run;
}

}  // namespace certify
