#pragma once
/// Rows of `cohen-sequential`: bounds that hold however it was decided how many samples to draw.

#include <cstdint>
#include <vector>

#include "core/verify/bounds/tails.h"
#include "core/verify/checks/radius_check.h"
#include "core/verify/checks/row_check.h"

namespace certify::checker {

/// ln E after k of t: the likelihood ratio against p0, averaged over proportions above p0 from
/// Jeffreys' prior (methods.md, section 5). Under that prior the proportion is the squared sine of
/// a uniform angle, so E is a plain average over an angle, here by Gauss's rule. Absolute error
/// below kTailError for t <= 1e7.
Real log_evidence(std::int64_t k, std::int64_t t, Share p0);

bool is_sequential(std::string_view method);
/// Rows that say all planned samples were drawn, which only their run can confirm.
bool says_all_drawn(std::string_view method);

/// Against a tenth of alpha at all times together where the image was stopped, and against
/// Clopper-Pearson at nine tenths where all were drawn; then the radius.
std::vector<std::string> check_sequential(const StatedRow& row, ClassFrom from);

}  // namespace certify::checker
