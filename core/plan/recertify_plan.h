#pragma once
/// What `certify recertify` makes of stored samples, and what it refuses to.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/methods/method.h"
#include "core/plan/kept.h"

namespace certify {

/// As typed.
struct RecertifyOptions {
  std::string run{}, counts{};
  std::optional<double> sigma{}, alpha{};
  std::vector<std::string> methods{};  ///< none: cohen, or what stopping early leaves valid
  std::string select{};
  std::int64_t n = 0;  ///< 0: all that are stored
  std::uint64_t seed = 0;
  double lipschitz = 0;
  std::string score_link{};
  double temperature = 0;  ///< 0: the run's
  std::string radii{};
  std::string out{};
};

/// What the samples were drawn with.
struct StoredFacts {
  std::string name;
  Noise noise = {};
  double noise_alpha = 0;  ///< as of MethodOptions
  double alpha = 0.001;
  Selection select = Selection::kSame;
  ScorePlan scores{};
  bool gradient = false;
  std::int64_t n_if_stopped = 0;  ///< of a run whose samples decided how many of n are drawn
};

struct RecertifyPlan {
  std::vector<const Method*> methods;
  MethodOptions options;  ///< its noise refers to the map of the facts
  ScoreLink link = ScoreLink::kSoftmax;
  double temperature = 1;
  std::int64_t n = 0;  ///< 0: all that are stored
  std::uint64_t seed = 0;
  /// Only a matrix tells the order of the votes: its first n are what a run with `--n N` would have
  /// had. Otherwise fewer of them are drawn without replacement, by a generator of (seed, image).
  /// Scores of a trace lie in the order drawn, so the first n are taken. These are other samples
  /// than the votes drawn, so methods on votes and on scores each get their own. A histogram has no
  /// order that its scores and rivals share: resolve() refuses to cut it.
  bool draws_votes = false;
};

/// @throws InputError naming what does not go together: a method that is unknown or not valid for
/// samples that were stopped; an n that the samples cannot be cut to; another sigma than the run's.
/// DataError for a method that needs what was not kept.
RecertifyPlan resolve(const RecertifyOptions& options, const StoredFacts& stored);

}  // namespace certify
