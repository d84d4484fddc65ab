#pragma once
/// Probabilities that are counted: all samples that the noise has were taken, each once. Nothing is
/// left to chance: no alpha, and a certificate that is true.

#include "core/methods/method.h"

namespace certify {

/// A move by k steps of the noise, among images whose elements are whole steps, changes k samples at
/// most: the class loses them, and another gains them. So the class keeps the lead while
/// 2 k < n_top - n_runner_up, and the radius is just below (n_top - n_runner_up) / 2 steps, whatever
/// classes a tie would go to.
extern const Method kEnumerated;

}  // namespace certify
