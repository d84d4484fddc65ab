#pragma once

#include <cstdint>
#include <vector>

#include "core/base/stopping_rule.h"
#include "core/methods/method.h"
#include "core/stats/binomial/binomial_tail.h"

namespace certify {

/// Looks are multiples of this, which fill batches of 32, 64 or 128 rows.
inline constexpr std::int64_t kLookUnit = 128;

/// When to look: after 128, 256, … samples, by an eighth more each time once that is more, and at
/// n. Depends on n alone, so that it cannot depend on the device or the batch.
///
/// This schedule and StopAt::kFutility are promises, like the bits of the noise: with others, a
/// resumed run would end with other bytes.
/// @return the first look after `drawn`, for 0 <= drawn < n
std::int64_t next_look(std::int64_t drawn, std::int64_t n);
bool is_look(std::int64_t drawn, std::int64_t n);

/// Stops an image when `cohen-sequential` certifies it at every radius asked for, or when the
/// smallest radius at which it does not yet is out of reach.
///
/// Out of reach: the image can no longer be certified there at n, or if it were to be just
/// certified at n, so few votes as there are now would have a probability below `futility`.
/// Giving up costs none of alpha, only certificates, so kFutility may be a guess.
/// docs/benchmarks.md measures it in 250 images × 10 orders × 3 radii: at 1e-3 no certificate was
/// lost, at 1e-2 0.04 points of accuracy. 1e-2 saves only an eighth more samples.
///
/// All radii share the one e-process, so they need no union.
class StopAt : public StoppingRule {
 public:
  static constexpr double kFutility = 1e-3;

  /// @param radii  in units of the [0,1] input, in any order
  /// @param options  of `cohen-sequential`
  /// @throws InputError for no radii, one that is not positive, one that no image can be certified
  /// at with n samples (says the largest that can), or options that the method refuses.
  StopAt(std::vector<double> radii, std::int64_t n, const MethodOptions& options,
         double futility = kFutility);

  std::int64_t next_look(std::int64_t drawn) const override;
  StopReason decide(const ImageSamples& samples) const override;

 private:
  struct Goal {
    double radius;
    Proportion needed;   ///< the probability that the radius takes
    std::int64_t votes;  ///< that certify it when all n are drawn
  };
  bool hopeless(const Goal& goal, std::int64_t k, std::int64_t t) const;

  std::int64_t n_;
  MethodOptions options_;
  double futility_;
  std::vector<Goal> goals_;  ///< by radius
};

}  // namespace certify
