#include "core/sampling/statistics/first_samples.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include <fmt/format.h>

#include "core/base/errors.h"

namespace certify {
namespace {

void cut(std::vector<float>& rows, std::int64_t n, std::int64_t width, std::int64_t image) {
  const std::int64_t kept = static_cast<std::int64_t>(rows.size()) / width;
  if (n < 1 || n > kept) {
    throw InputError(fmt::format("image {}: {} of {} samples", image, n, kept));
  }
  rows.resize(static_cast<std::size_t>(n * width));
}

ClassCounts votes_of_logits(std::span<const float> logits, std::size_t classes) {
  ClassCounts counts;
  counts.votes.resize(classes);
  for (std::size_t first = 0; first < logits.size(); first += classes) {
    const auto row = logits.subspan(first, classes);
    if (std::all_of(row.begin(), row.end(), [](float v) { return std::isfinite(v); })) {
      ++counts.votes[static_cast<std::size_t>(std::ranges::max_element(row) - row.begin())];
    } else {
      ++counts.invalid;
    }
  }
  return counts;
}

/// On a tie a rival's: a vote that is not sure counts against the certificate.
ClassCounts votes_of_trace(const ScoreTrace& trace, std::size_t classes) {
  ClassCounts counts;
  counts.votes.resize(classes);
  const auto width = static_cast<std::size_t>(trace.columns());
  for (std::size_t first = 0; first < trace.values.size(); first += width) {
    const auto rivals = std::span(trace.values).subspan(first + 1, width - 1);
    const auto best = std::ranges::max_element(rivals);
    const auto candidate = static_cast<std::size_t>(best - rivals.begin());
    if (trace.values[first] > *best) {
      ++counts.votes[static_cast<std::size_t>(trace.tested)];
    } else if (candidate < trace.candidates.size()) {
      ++counts.votes[static_cast<std::size_t>(trace.candidates[candidate])];
    } else {
      ++counts.invalid;
    }
  }
  return counts;
}

}  // namespace

void keep_first(ImageSamples& samples, std::int64_t n) {
  const std::size_t classes = samples.estimation.votes.size();
  if (!samples.logits.empty()) {
    cut(samples.logits, n, static_cast<std::int64_t>(classes), samples.index);
    samples.estimation = votes_of_logits(samples.logits, classes);
  } else if (!samples.trace.empty()) {
    cut(samples.trace.values, n, samples.trace.columns(), samples.index);
    samples.estimation = votes_of_trace(samples.trace, classes);
  } else {
    throw InputError(
        fmt::format("image {}: its samples were not kept in the order drawn", samples.index));
  }
}

}  // namespace certify
