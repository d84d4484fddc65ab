#pragma once
/// Whether what an attack found agrees with the certificates.

#include <cstdint>
#include <span>

#include "core/attack/attack_log.h"

namespace certify {

/// Of each image considered, certified or not, the certificate is wrong with probability at most α,
/// and so, apart from it, is any of the answers in an attack (at most the attack's α for all tries
/// of an image together). An attack found inside a certificate needs one of them to be wrong. The
/// images that abstained count, too: α is the share of all images that may get a wrong certificate,
/// not the share of wrong ones among the certificates.
struct Challenge {
  std::int64_t considered = 0;  ///< images
  std::int64_t certified = 0;   ///< of these, and attacked
  std::int64_t found = 0;       ///< of which with another answer somewhere
  std::int64_t inside = 0;      ///< of which inside the certified ball
  double expected = 0;          ///< the most that may be expected of `inside` if all is right
  std::int64_t allowed = 0;     ///< the most that is no contradiction
  /// P[Bin(considered, α + the attack's α) >= inside], rounded up: how likely so many are, at most.
  double p_value = 1;

  static constexpr double kLevel = 0.01;  ///< less than one audit of a hundred is wrong
  bool contradicts() const { return p_value < kLevel; }
};

/// @param images  all that were considered: those that abstained among them
/// @param alpha  of the certificates   @param attack_alpha  AttackPlan::alpha
Challenge challenge(std::span<const AttackedImage> images, double alpha, double attack_alpha);

/// Of the certified images, how many an attack changed within `multiple` times their radius.
std::int64_t found_within(std::span<const AttackedImage> images, double multiple);
/// Of the certified images, how many neither changed within `multiple` times their radius nor were
/// searched so far: what an attack would do there is not known.
std::int64_t unsearched_within(std::span<const AttackedImage> images, double multiple);

}  // namespace certify
