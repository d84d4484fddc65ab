#pragma once
/// Every family of noise, and the groups of them that proofs of methods name.

#include <array>
#include <span>
#include <string_view>

#include "core/noise/gaussian.h"
#include "core/noise/lattice.h"
#include "core/noise/splitting.h"
#include "core/noise/uniform.h"

namespace certify {

using NoiseFamilies = std::span<const NoiseFamily* const>;

/// In the order in which they are best presented.
inline constexpr std::array kEveryFamily{&kGaussian,    &kLattice[0], &kLattice[1], &kLattice[2],
                                         &kLattice[3],  &kLattice[4], &kUniform[0], &kUniform[1],
                                         &kUniform[2],  &kUniform[3], &kUniform[4], &kSplitting[0],
                                         &kSplitting[1]};
/// For methods that bound probabilities, and leave it to the family how these become a radius.
inline constexpr std::array kDrawnFamilies{
    &kGaussian,   &kLattice[0], &kLattice[1], &kLattice[2], &kLattice[3], &kLattice[4],
    &kUniform[0], &kUniform[1], &kUniform[2], &kUniform[3], &kUniform[4], &kSplitting[0]};
/// For methods that count: all samples there are were taken.
inline constexpr std::array kEnumeratedFamilies{&kSplitting[1]};
/// For methods that compare quantiles Φ⁻¹: the classifier is smoothed by N(0, σ²I).
inline constexpr std::array kNormalFamilies{&kGaussian,   &kLattice[0], &kLattice[1],
                                            &kLattice[2], &kLattice[3], &kLattice[4]};
/// For methods of first order: the noise itself is averaged, as standard normals.
inline constexpr std::array kFirstOrderFamilies = kNormalFamilies;

/// What a run draws unless another family is asked for.
const NoiseFamily& default_noise_family();
/// Normal numbers in floats: for a sigma of every element's own, for training, and for counts that
/// others have drawn.
const NoiseFamily& plain_noise_family();
/// As typed after --noise. @throws InputError naming the families that there are.
const NoiseFamily& find_noise_family(std::string_view name);
/// What a network is trained for: "uniform", "splitting"; "" of all normal noise, however it is
/// drawn.
std::string_view kind_of(const NoiseFamily& family);
/// σ of noise on a cube, from half its side. @throws InputError for families that are on none
double sigma_of_half_side(const NoiseFamily& family, double lambda);
/// The family of a stored run. @throws DataError naming the streams that there are.
const NoiseFamily& noise_family_of_stream(std::string_view stream);

}  // namespace certify
