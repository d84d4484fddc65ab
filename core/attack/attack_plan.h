#pragma once
/// What an attack on a smoothed classifier does.

#include <cstdint>
#include <optional>

#include "core/base/score_plan.h"
#include "core/base/words.h"
#include "core/noise/noise.h"

namespace certify {

/// What is climbed, with p_i the softmax of the class attacked in noise draw i of k.
enum class AttackLoss {
  kCohen,  ///< mean of -ln p_i: the base classifier's loss, averaged (Cohen et al. 2019, app. J.3)
  kSoft,   ///< -ln of the mean of p_i: the smoothed softmax's loss (Salman et al. 2019, SmoothAdv)
};

/// How scores are made of logits.
struct ScoreRule {
  ScoreLink link = ScoreLink::kSoftmax;
  double temperature = 1;
};

struct AttackPlan {
  AttackLoss loss = AttackLoss::kCohen;
  int steps = 20;         ///< of projected gradient descent, in each ball
  double step = 0.1;      ///< their length; 2 · radius / steps in balls that it would not cross
  int noises = 10;        ///< noise draws of each step's gradient, fresh ones each time
  int tries = 12;         ///< balls an image, at most
  double max_radius = 0;  ///< of a ball, in units of the [0,1] input
  std::int64_t n = 1000;  ///< samples of the answer, which say whether it has changed
  double alpha = 0.001;   ///< that any of an image's tries is called a change wrongly; exact: 0
  /// What is certified is the class of the largest mean score, of scores like this; none: that of
  /// most votes. Certificates on scores do not speak of votes, nor those on votes of scores.
  std::optional<ScoreRule> scores = {};
  Noise noise = {};  ///< of the run that is attacked
  std::uint64_t seed = 0;
  double noise_alpha = 0;  ///< what a try's n samples cost, as of MethodOptions

  /// Whether n samples are all that the noise has: answers are counted, and nothing is left to
  /// chance.
  bool is_exact() const { return noise.family->all_samples != nullptr; }
  /// What the answer may fail with at each try: trying often must not bring about a "change".
  double alpha_of_a_try() const { return alpha / tries - noise_alpha; }
};

/// @throws InputError naming the option that is out of range.
void check(const AttackPlan& plan);

/// As typed after --loss.
inline constexpr EnumWords<2> kAttackLosses{"cohen", "soft"};
inline std::string to_string(AttackLoss loss) { return word_of(kAttackLosses, loss); }
/// @throws InputError for another word.
inline AttackLoss parse_attack_loss(const std::string& text) {
  return parse_word<AttackLoss>(kAttackLosses, text, "--loss");
}

}  // namespace certify
