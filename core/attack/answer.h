#pragma once
/// What a smoothed classifier answers at a point, by samples drawn there.

#include <cstdint>
#include <memory>

#include "core/attack/attack_plan.h"
#include "core/sampling/backend.h"

namespace certify {

/// Samples of one point, as they come.
class Answer {
 public:
  virtual ~Answer() = default;
  virtual void add(const BatchResult& batch) = 0;
  virtual std::int64_t samples() const = 0;
  /// The class attacked where it is still the answer, another one where that is, kAbstain where the
  /// samples leave it open. Wrong with probability at most plan.alpha_of_a_try().
  virtual int get() const = 0;
};

/// By votes: PREDICT of Cohen et al. (2019). By scores: another class where its mean score is
/// larger than that of the class attacked, by empirical Bernstein bounds on the differences, α
/// split over the rivals; the class attacked where its own is larger than every rival's, which
/// needs no split. Of noise that is not drawn, by counting: another class where it has as many
/// votes as the class attacked, which a certificate rules out whatever class a tie would go to;
/// kAbstain where as many answer no class. A sample without finite logits has no score for any
/// class.
/// @param attacked  class   @param plan  must outlive the answer
std::unique_ptr<Answer> make_answer(int attacked, int classes, const AttackPlan& plan);

}  // namespace certify
