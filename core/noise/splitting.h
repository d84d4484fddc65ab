#pragma once

#include "core/noise/noise.h"

namespace certify {

/// Splitting noise, for images of 8 bits. Cuts at s_i + 2λℤ divide the range [0, 1] of element i,
/// and the network is given the middle of the part in which the element lies. s_i = (s + v_i) mod
/// 2λ: one s for all elements, and a v_i of each element's own that never changes. s is one of the
/// M = 510 λ places halfway between two levels.
///
/// Two images of 8 bits, k levels apart in element i, are told apart there by at most k of the M
/// places of s: those whose cuts lie between them. So at most 255 |δ|₁ of the M places give another
/// input anywhere, and a probability changes by at most 255 |δ|₁ / M = |δ|₁ / 2λ. Hence the ℓ1
/// radii of uniform noise, within which every image of 8 bits is meant. Source: Levine & Feizi
/// (2021), theorems 2 and 3.
///
/// "splitting" draws s anew for each sample; "splitting:all" takes every place once, so that
/// probabilities are counted and not estimated (core/methods/counts/enumerated.h).
///
/// Draws: Philox key = seed; v_i from the word of counter (i / 4, 0, Phase::kCuts, 0), s from
/// two words of counter (0, sample, phase, image).
extern const NoiseFamily kSplitting[2];

/// M of noise of this size. @throws InputError where it is not whole, or so small that nothing can
/// be certified
std::int64_t splitting_offsets(const Noise& noise);

}  // namespace certify
