#pragma once

#include <cstdint>

#include "core/methods/method.h"

namespace certify {

/// Radius sigma / 2 times Buehler's lower bound on Φ⁻¹(p_A) - Φ⁻¹(p_B)
/// (core/stats/margins/second_margin.h): never looser in the mean than `two-sided`, and plainly
/// tighter with few samples. Above kBuehlerLimit samples, where Clopper-Pearson with Bonferroni
/// loses less than 0.5 %, that is used instead and the row names it: decided by n alone, never by
/// the counts. p_lower and p_upper are Φ(±margin / 2). Source: Liang, section IV-C.
extern const Method kSecondMargin;

inline constexpr std::int64_t kBuehlerLimit = 200'000;
/// What a row says above the limit.
inline constexpr std::string_view kSecondMarginByBonferroni = "second-margin (two-sided)";

}  // namespace certify
