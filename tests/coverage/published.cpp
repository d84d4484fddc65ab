#include "tests/coverage/published.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/base/errors.h"
#include "core/methods/selection.h"
#include "core/stats/binomial/clopper_pearson.h"
#include "core/stats/margins/second_margin.h"
#include "core/stats/means/empirical_bernstein.h"
#include "core/stats/normal.h"

namespace certify::coverage {
namespace {

Certificate by_fixed_runner_up(const ImageSamples& samples, const MethodOptions& options) {
  if (options.selection != Selection::kSeparate) {
    throw InputError("published-runner-up takes the runner-up from separate selection samples");
  }
  ClassUnderTest tested = select(samples, options, SelectionCost::kVerified);
  int second = -1;
  for (int c = 0; c < samples.selection.num_classes(); ++c) {
    const auto votes = [&](int k) { return samples.selection.votes[static_cast<std::size_t>(k)]; };
    if (c != tested.top && (second < 0 || votes(c) > votes(second))) second = c;
  }
  tested.n_runner_up = samples.estimation.votes[static_cast<std::size_t>(second)];
  Certificate certificate = abstention(samples, options, tested, kPublishedRunnerUp.name);
  if (tested.top == kAbstain) return certificate;
  const LowerBound top = clopper_pearson_lower(tested.n_top, tested.n, tested.alpha / 2);
  const UpperBound runner_up =
      clopper_pearson_upper(tested.n_runner_up, tested.n, tested.alpha / 2);
  certify_from(options.noise, top, runner_up, tested, certificate);
  return certificate;
}

Certificate by_strict_difference(const ImageSamples& samples, const MethodOptions& options) {
  const ClassUnderTest tested = select(samples, options, SelectionCost::kVerified);
  Certificate certificate = abstention(samples, options, tested, kPublishedFirstMargin.name);
  if (tested.top == kAbstain || tested.n_top <= tested.n_runner_up) return certificate;
  const std::int64_t difference = tested.n_top - tested.n_runner_up;
  const std::int64_t successes = (tested.n + difference) / 2 + 1;  // P(D > t), not P(D >= t)
  const LowerBound half = successes > tested.n
                              ? LowerBound{1, 0}
                              : clopper_pearson_lower(successes, tested.n, tested.alpha);
  certify_from(options.noise, half, complement(half), tested, certificate);
  return certificate;
}

/// P(S(X) > S(x)) is P(S(X) >= S(y)) of the next outcome y: the bound of one count too many.
double second_margin_as_printed(std::int64_t x1, std::int64_t x2, std::int64_t n, double alpha) {
  const double z = std::max(1.5, normal_quantile(1 - alpha, alpha));  // of the ordering S
  const double observed = second_margin_score(x1, x2, n, z);
  double least = std::numeric_limits<double>::infinity();
  std::pair<std::int64_t, std::int64_t> next;
  for (std::int64_t y1 = 0; y1 <= n; ++y1) {
    for (std::int64_t y2 = 0; y1 + y2 <= n; ++y2) {
      const double score = second_margin_score(y1, y2, n, z);
      if (observed < score && score < least) {
        least = score;
        next = {y1, y2};
      }
    }
  }
  return std::isinf(least) ? least : second_margin_lower(next.first, next.second, n, alpha);
}

Certificate by_strict_ordering(const ImageSamples& samples, const MethodOptions& options) {
  const ClassUnderTest tested = select(samples, options, SelectionCost::kVerified);
  Certificate certificate = abstention(samples, options, tested, kPublishedSecondMargin.name);
  if (tested.top == kAbstain || tested.n_top <= tested.n_runner_up) return certificate;
  const double margin =
      second_margin_as_printed(tested.n_top, tested.n_runner_up, tested.n, tested.alpha);
  const NormalTails half = normal_cdf(margin / 2);
  certify_from(options.noise, {half.below, half.above}, {half.above, half.below}, tested,
               certificate);
  return certificate;
}

Certificate by_mean_quantile(const ImageSamples& samples, const MethodOptions& options) {
  constexpr double kCut = 1e-6;
  const ClassUnderTest tested = select(samples, options, SelectionCost::kVerified);
  Certificate certificate = abstention(samples, options, tested, kPublishedSoftSecondMargin.name);
  if (tested.top == kAbstain) return certificate;
  if (samples.trace.empty() || samples.trace.tested != tested.top) {
    throw InputError("published-soft-second-margin needs a score trace of the class under test");
  }
  const double range = 2 * normal_quantile(1 - kCut, kCut);
  const auto quantile = [&](float score) {
    const double p = std::clamp(static_cast<double>(score), kCut, 1 - kCut);
    return normal_quantile(p, 1 - p);
  };
  const int columns = samples.trace.columns();
  std::vector<double> unit;
  for (std::int64_t i = 0; i < samples.trace.rows(); ++i) {
    const float* row = samples.trace.values.data() + i * columns;
    const double margin = quantile(row[0]) - quantile(*std::max_element(row + 1, row + columns));
    unit.push_back(std::clamp((margin + range) / (2 * range), 0.0, 1.0));
  }
  const double margin = 2 * range * empirical_bernstein_lower(unit, tested.alpha).p - range;
  const NormalTails half = normal_cdf(margin / 2);
  certify_from(options.noise, {half.below, half.above}, {half.above, half.below}, tested,
               certificate);
  return certificate;
}

}  // namespace

const Method kPublishedRunnerUp = {
    .name = "published-runner-up",
    .source = "Moutaouakil, section 3.3",
    .guarantee = "none: the runner-up is fixed by the selection samples and may be another class",
    .needs = SampleNeeds::kCounts,
    .families = kNormalFamilies,
    .certify = by_fixed_runner_up,
};

const Method kPublishedFirstMargin = {
    .name = "published-first-margin",
    .source = "Liang, equations (3)-(4)",
    .guarantee = "none: P(> t) in place of P(>= t), infinite where all samples agree",
    .needs = SampleNeeds::kCounts,
    .families = kNormalFamilies,
    .certify = by_strict_difference,
};

const Method kPublishedSecondMargin = {
    .name = "published-second-margin",
    .source = "Liang, section IV-C",
    .guarantee = "none: P(> s) in place of P(>= s), infinite where all samples agree",
    .needs = SampleNeeds::kCounts,
    .families = kNormalFamilies,
    .certify = by_strict_ordering,
};

const Method kPublishedSoftSecondMargin = {
    .name = "published-soft-second-margin",
    .source = "Liang, section V-C",
    .guarantee = "none: it bounds the mean of quantiles, not the quantiles of means",
    .needs = SampleNeeds::kTrace,
    .families = kNormalFamilies,
    .certify = by_mean_quantile,
};

}  // namespace certify::coverage
