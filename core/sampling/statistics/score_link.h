#pragma once

#include <span>
#include <vector>

#include "core/base/score_plan.h"

namespace certify {

/// Scores of rows of logits: softmax(logits / T), or sparsemax, the Euclidean projection of logits
/// / T onto the simplex (Martins & Astudillo, 2016). A row that is not finite becomes all NaN.
/// @param logits [rows][classes]   @throws InputError unless temperature is positive and finite
std::vector<float> scores_of(std::span<const float> logits, int classes, ScoreLink link,
                             double temperature);

}  // namespace certify
