#pragma once
/// First-order certificates: the class's probability and its gradient, from the same samples.
///
/// A certificate's radius is the ℓ2 one; its `radii` are l2, l1, linf, one for each subspace of the
/// statistics (R, G, B) and `cohen`, the ℓ2 radius without the gradient. All hold together with
/// probability >= 1 - alpha: half of alpha pays for the class's probability, a quarter for the
/// lower bound on |u|₂, and the last quarter, in equal parts, for the upper bounds on |u|₂, |u|∞
/// and the norm in each subspace.
///
/// Source: Mohapatra et al. (NeurIPS 2020), with the corrections that docs/first-order.md proves.

#include <optional>

#include "core/first_order/region.h"
#include "core/methods/method.h"

namespace certify {

/// `first-order`, with the sub-Gaussian constant that the paper proves, and `first-order-tight`,
/// with the smaller one that is the supremum found numerically.
extern const Method kFirstOrder;
extern const Method kFirstOrderTight;

/// What is known of an image at options.alpha, as its certificate uses it: nothing where that
/// abstains. Same errors as the methods.
/// @param method  one of the two above
std::optional<GradientKnowledge> first_order_knowledge(const ImageSamples& samples,
                                                       const MethodOptions& options,
                                                       const Method& method);

}  // namespace certify
