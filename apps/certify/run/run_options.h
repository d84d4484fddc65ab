#pragma once
/// The options of a run, and the plan that they come to.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "apps/certify/logging.h"
#include "core/base/stopping_rule.h"
#include "core/configs/option_values.h"
#include "core/runs/manifest.h"
#include "core/sampling/statistics/gradient_sum.h"
#include "core/sigma_map/sigma_map.h"
#include "data/dataset.h"
#include "models/network.h"

namespace certify {

/// Each within its range; whether they go together is for make_plan() to say.
struct RunOptions {
  // (A) what decides the certificates
  DatasetRequest data;
  Slice slice;
  std::string shard = "0/1";
  std::string model;
  std::string normalize;  ///< empty: what the model card says
  double sigma = 0;
  std::string sigma_map;    ///< a file; then there is no sigma
  bool allow_seen = false;  ///< images that the map was learned on too
  std::int64_t n0 = 100, n = 100000;
  bool n0_given = false;
  double alpha = 0.001;
  std::string method = "cohen";
  bool allow_unsound = false;
  std::string select;  ///< empty: n0, or same with --n0 0
  std::uint64_t seed = 0;
  double lipschitz = 0;
  bool gradient = false, keep_gradient = false;
  std::string mask;    ///< files, separated by commas
  std::string scores;  ///< empty: what the method needs
  std::string score_link = "softmax";
  double temperature = 1;
  int score_bins = 1024;
  std::string device = "auto";
  std::string precision = "fp32";
  bool deterministic = false;
  std::int64_t batch = 0;  ///< 0: of the run that is continued, else chosen
  std::string stop_at;     ///< radii; empty: all n samples of every image
  // (B) what decides only speed, places and looks
  std::string model_dir;
  bool skip_unreadable = false;  ///< record unreadable images as abstained instead of stopping
  int workers = 0;               ///< 0: one a core
  std::string out;
  bool fresh = false;
  LogOptions log;
};

/// @throws InputError when what every run needs is missing.
RunOptions to_run_options(const OptionSet& options);

/// Everything that sampling needs, checked and opened.
struct RunPlan {
  RunSettings settings;
  std::unique_ptr<Dataset> dataset;
  std::vector<std::int64_t> indices;  ///< images of this run, in order
  /// The network of the run, once for each GPU that samples, or once for the CPU.
  std::vector<std::unique_ptr<Network>> networks;
  std::unique_ptr<StoppingRule> stopping;  ///< none: all n samples of every image
  std::optional<SigmaMap> sigma_map;       ///< none: the settings' sigma for every element
  GradientPlan gradient;                   ///< used where the settings ask for it
  int workers = 1;
  bool skip_unreadable = false;
  std::filesystem::path out;
  Manifest manifest;

  const SigmaMap* map() const { return sigma_map ? &*sigma_map : nullptr; }
  MethodOptions method_options() const {
    MethodOptions options = settings.method_options();
    options.sigma_map = map();
    return options;
  }
};

/// @throws InputError or DataError, before anything is written; warns of what will certify nothing.
RunPlan make_plan(const RunOptions& options, spdlog::logger& log);

}  // namespace certify
