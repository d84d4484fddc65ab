#include "core/methods/counts/stop_at.h"

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "core/methods/counts/cohen_sequential.h"
#include "core/methods/selection.h"
#include "core/stats/monotone_root.h"

namespace certify {
namespace {

double radius_of_all(std::int64_t votes, std::int64_t n, const MethodOptions& options) {
  return options.noise.majority_radius(lower_when_all_drawn(votes, n, options.alpha));
}

/// The fewest votes of n that certify the radius.
std::int64_t votes_needed(double radius, std::int64_t n, const MethodOptions& options) {
  return least_that(0, n,
                    [&](std::int64_t votes) { return radius_of_all(votes, n, options) >= radius; });
}

}  // namespace

std::int64_t next_look(std::int64_t drawn, std::int64_t n) {
  const std::int64_t more = std::max(kLookUnit, drawn / 8);
  return std::min(n, (drawn + more + kLookUnit - 1) / kLookUnit * kLookUnit);
}

bool is_look(std::int64_t drawn, std::int64_t n) {
  std::int64_t look = 0;
  while (look < drawn && look < n) look = next_look(look, n);
  return look == drawn && drawn > 0;
}

StopAt::StopAt(std::vector<double> radii, std::int64_t n, const MethodOptions& options,
               double futility)
    : n_(n), options_(after_noise(options)), futility_(futility) {
  refuse_same_samples(options);
  if (radii.empty()) throw InputError("no radius to stop at");
  std::sort(radii.begin(), radii.end());
  const double most = radius_of_all(n, n, options_);
  for (const double radius : radii) {
    if (!(radius > 0)) throw InputError("radius {}: must be positive", radius);
    if (!(radius <= most)) {
      throw InputError(
          "radius {}: out of reach of every image, {} samples at alpha {} certify at most {:.5f}",
          radius, n, options.alpha, std::floor(most * 1e5) / 1e5);
    }
    goals_.push_back(
        {radius, options.noise.probability_at(radius), votes_needed(radius, n, options_)});
  }
}

std::int64_t StopAt::next_look(std::int64_t drawn) const { return certify::next_look(drawn, n_); }

/// By the binomial tail, not by the hypergeometric one, which is exact: the binomial one is wider,
/// and that is the margin.
bool StopAt::hopeless(const Goal& goal, std::int64_t k, std::int64_t t) const {
  if (k + (n_ - t) < goal.votes) return true;
  if (goal.votes == n_) return false;
  const auto n = static_cast<double>(n_);
  const Proportion just_enough{static_cast<double>(goal.votes) / n,
                               static_cast<double>(n_ - goal.votes) / n};
  return binomial_lower_tail(k, t, just_enough).log_tail < std::log(futility_);
}

StopReason StopAt::decide(const ImageSamples& samples) const {
  const ClassUnderTest tested =
      select(samples, options_, SelectionCost::kMajority, Stopping::kOptional);
  if (tested.n >= n_) return StopReason::kNone;
  const std::int64_t k = tested.n_top, t = tested.n;
  const auto open = std::find_if(goals_.begin(), goals_.end(), [&](const Goal& goal) {
    return !rejected_when_stopped(k, t, tested.alpha, goal.needed);
  });
  if (open != goals_.end()) {
    return hopeless(*open, k, t) ? StopReason::kHopeless : StopReason::kNone;
  }
  // The certificate has the last word, to the last digit.
  const double radius = options_.noise.majority_radius(lower_when_stopped(k, t, tested.alpha));
  return radius >= goals_.back().radius ? StopReason::kCertified : StopReason::kNone;
}

}  // namespace certify
