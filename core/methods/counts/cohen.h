#pragma once

#include "core/methods/method.h"

namespace certify {

/// CERTIFY of Cohen, Rosenfeld & Kolter (2019), algorithm and theorem 1: radius sigma Φ⁻¹(p_A) with
/// the Clopper-Pearson lower bound p_A at alpha; abstains where p_A <= 1/2. p_upper is 1 - p_lower.
extern const Method kCohen;

}  // namespace certify
