#pragma once
/// Whether one row of a method on scores claims more than the stored scores allow.
///
/// The bound that a row states is evaluated at the stated value (core/verify/bounds/mean_bounds.h),
/// from the trace, histogram or logits of its image. What is found, and how closely:
/// - radius_full: to the last unit against p_lower and p_upper, as row_check.h says;
/// - p_lower and p_upper: from 1e-12 + 3e-16 n on, the rounding of sums that bounds are made of;
/// - soft-first-bonferroni, which states the difference of two bounds and neither of them: the
///   first is looked for by halving, the second is then evaluated where the difference puts it;
/// - soft-second-tangent: each rival's bound is evaluated where the stated margin's tangent line
///   needs it.

#include <string>
#include <vector>

#include "core/verify/checks/row_check.h"
#include "core/verify/files/score_columns.h"

namespace certify {

/// What was kept of the scores behind a row, and what its settings say.
struct ScoresBehind {
  checker::ScoreColumns columns;
  int classes = 0;
  double lipschitz = 0;
};

/// soft-<margin>-<bound>, all margins with all bounds but for those that need an order that
/// histograms do not keep.
bool is_method_on_scores(std::string_view method);

/// What is wrong with p_lower, p_upper and radius_full: one sentence each.
std::vector<std::string> check_bounds_on_scores(const StatedRow& row, ClassFrom from,
                                                const ScoresBehind& scores);

}  // namespace certify
