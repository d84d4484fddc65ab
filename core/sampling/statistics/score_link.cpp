#include "core/sampling/statistics/score_link.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "core/base/errors.h"

namespace certify {
namespace {

void softmax(std::vector<double>& z) {
  const double most = *std::max_element(z.begin(), z.end());
  double sum = 0;
  for (double& value : z) sum += value = std::exp(value - most);
  for (double& value : z) value /= sum;
}

void sparsemax(std::vector<double>& z) {
  std::vector<double> sorted = z;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double sum = 0, threshold = 0;
  for (std::size_t k = 0; k < sorted.size(); ++k) {
    sum += sorted[k];
    const double candidate = (sum - 1) / static_cast<double>(k + 1);
    if (sorted[k] > candidate) threshold = candidate;
  }
  for (double& value : z) value = std::max(0.0, value - threshold);
}

}  // namespace

std::vector<float> scores_of(std::span<const float> logits, int classes, ScoreLink link,
                             double temperature) {
  if (!(temperature > 0 && std::isfinite(temperature))) {
    throw InputError("temperature {}: must be a positive number", temperature);
  }
  const auto width = static_cast<std::size_t>(classes);
  std::vector<float> scores(logits.size(), std::numeric_limits<float>::quiet_NaN());
  std::vector<double> row(width);
  for (std::size_t first = 0; first + width <= logits.size(); first += width) {
    const auto raw = logits.subspan(first, width);
    if (!std::all_of(raw.begin(), raw.end(), [](float v) { return std::isfinite(v); })) continue;
    std::transform(raw.begin(), raw.end(), row.begin(),
                   [&](float v) { return static_cast<double>(v) / temperature; });
    link == ScoreLink::kSoftmax ? softmax(row) : sparsemax(row);
    for (std::size_t k = 0; k < width; ++k) {
      scores[first + k] = std::min(1.0f, static_cast<float>(row[k]));  // rounding may pass 1
    }
  }
  return scores;
}

}  // namespace certify
