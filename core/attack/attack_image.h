#pragma once

#include <cstdint>

#include "core/attack/attack_log.h"
#include "core/attack/attack_plan.h"
#include "core/attack/loss_gradient.h"
#include "core/base/certificate.h"
#include "core/base/image.h"
#include "core/sampling/base_classifier.h"
#include "core/sampling/sampler.h"

namespace certify {

/// The network that is attacked, and its derivative. The classifier is the one that has the
/// certificate, as it was sampled: a change must be a change of that very one. What makes it fast
/// (folding, Winograd, 16 bits) has no derivative, so the gradient is that of a second copy.
struct Target {
  const BaseClassifier& classifier;
  const LossGradient& gradient;
  std::int64_t batch;  ///< rows of its forward passes
};

/// Attacks one certified image: balls as search_smallest_radius() picks them, the strongest point
/// that PGD finds in each, and the answer there (answer.h): by votes, or by mean scores where these
/// are certified. Noise of gradients and of answers is fresh: streams of their own, which no
/// certificate was made from, and other samples at each try. So an answer is wrong with probability
/// at most plan.alpha_of_a_try() each time, whatever point it was given. Noise that is not drawn is
/// taken whole, at each try, and no answer is wrong.
///
/// Of samples that are drawn, where the class attacked is the answer of the first 100 samples
/// already, it is left at that: no change is called that all n samples would not call.
/// @param certificate  with a class and a radius   @param stop  asked before every try
/// @return what to write down; the attack's part is void when `stop` was set
AttackedImage attack_image(const LabeledImage& image, const Certificate& certificate,
                           const Target& target, const AttackPlan& plan, const StopFlag& stop);

}  // namespace certify
