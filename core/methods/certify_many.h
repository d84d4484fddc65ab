#pragma once

#include <vector>

#include "core/methods/method.h"

namespace certify {

/// The method applied to one image, with the ellipsoid that its radius stands for where there is a
/// map of sigma. All radii of a method are proven in units of the noise, where it is N(0, I): of
/// the ball |δ ⊘ σ|_q <= R that a radius in another norm or part of the image stands for, the one
/// of radius min σ_i · R is what the row states.
/// @throws InputError for noise that the method is not proven for; for a map whose smallest σ is
/// not options.noise.sigma; for a Lipschitz constant together with a map, whose radii are in units
/// of the noise, or with noise that proves another norm than l2; what the method throws.
Certificate certify_one(const ImageSamples& samples, const Method& method,
                        const MethodOptions& options);

/// The same for every image, on all cores; results in the order of the images.
/// @throws what the method throws for the first image that it refuses.
std::vector<Certificate> certify_many(const std::vector<ImageSamples>& images, const Method& method,
                                      const MethodOptions& options);

}  // namespace certify
