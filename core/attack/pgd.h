#pragma once
/// Projected gradient descent against a smoothed classifier, inside a ball of the norm of its
/// radii.

#include <cstdint>
#include <vector>

#include "core/attack/attack_plan.h"
#include "core/attack/loss_gradient.h"
#include "core/noise/noise_stream.h"

namespace certify {

struct Ball {
  const std::vector<float>& center;  ///< HWC
  double radius;
};

/// The point where `plan.steps` steps up the loss end, each along the gradient over fresh noise and
/// of a fixed length, and each followed by the projection onto the ball (ball_shape.h). Nothing is
/// clipped to [0,1] but where certificates are of images alone: the others hold for every point of
/// the ball, and an attack on real images would be weaker, never stronger. Ends early where the
/// gradient vanishes or is not finite.
/// @param noise,first_sample  the draws are those of this stream from `first_sample` on
/// @return a point whose BallShape::distance() from the center is at most the radius
/// Source: Cohen, Rosenfeld & Kolter (2019), app. J.3; Salman et al. (2019), section 2.2. Steps
/// have the gradient's direction alone, as in the code of the latter.
std::vector<float> strongest_point(const Ball& ball, int attacked, const NoiseStream& noise,
                                   std::uint32_t first_sample, const LossGradient& network,
                                   const AttackPlan& plan);

}  // namespace certify
