#pragma once
/// Every family of noise, and the groups of them that proofs of methods name.

#include <array>
#include <span>
#include <string_view>

#include "core/noise/gaussian.h"

namespace certify {

using NoiseFamilies = std::span<const NoiseFamily* const>;

/// In the order in which they are best presented. For methods that leave it to the family how
/// bounds on probabilities become a radius.
inline constexpr std::array kEveryFamily{&kGaussian};
/// For methods that compare quantiles Φ⁻¹: the classifier is smoothed by N(0, σ²I).
inline constexpr std::array kNormalFamilies{&kGaussian};
/// For methods of first order: the noise itself is averaged, as standard normals.
inline constexpr std::array kFirstOrderFamilies{&kGaussian};

/// What is drawn unless another family is asked for.
inline const NoiseFamily& default_noise_family() { return *kEveryFamily.front(); }
/// The family of a stored run. @throws DataError naming the streams that there are.
const NoiseFamily& noise_family_of_stream(std::string_view stream);

}  // namespace certify
