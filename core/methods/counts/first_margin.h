#pragma once

#include "core/methods/method.h"

namespace certify {

/// Radius sigma Φ⁻¹((1 + d) / 2) from the exact lower bound d on p_A - p_B
/// (core/stats/margins/first_margin.h). (1 + f_A - f_B) / 2 is a [0, 1] function, whose smoothed
/// quantile is 1/sigma-Lipschitz (Salman et al., 2019). p_lower is (1 + d) / 2 and p_upper (1 - d)
/// / 2. Source: Liang, section IV-B.
extern const Method kFirstMargin;

}  // namespace certify
