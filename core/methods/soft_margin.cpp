#include "core/methods/soft_margin.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/methods/score_bounds.h"
#include "core/methods/selection.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

enum class Margin { kFirstDirect, kFirstBonferroni, kSecondTop, kSecond };

/// Row m, column b: Margin m with MeanBound b.
constexpr std::array<std::array<std::string_view, 4>, 4> kNames = {{
    {"soft-first-direct-empirical-bernstein", "soft-first-direct-confidence-sequence",
     "soft-first-direct-betting", "soft-first-direct-histogram"},
    {"soft-first-bonferroni-empirical-bernstein", "soft-first-bonferroni-confidence-sequence",
     "soft-first-bonferroni-betting", "soft-first-bonferroni-histogram"},
    {"soft-second-top-empirical-bernstein", "soft-second-top-confidence-sequence",
     "soft-second-top-betting", "soft-second-top-histogram"},
    {"soft-second-empirical-bernstein", "soft-second-confidence-sequence", "soft-second-betting",
     "soft-second-histogram"},
}};

constexpr std::array<std::string_view, 4> kSources = {
    "Maurer & Pontil (2009); margins after Liang, section V",
    "Waudby-Smith & Ramdas (2023), predictable plug-in; margins after Liang, section V",
    "Waudby-Smith & Ramdas (2023), hedged capital; margins after Liang, section V",
    "mixture betting on histograms, after Waudby-Smith & Ramdas (2023); margins after Liang, "
    "section V",
};

constexpr std::array<std::string_view, 4> kGuarantees = {
    "the class has the largest smoothed score everywhere within the l2 radius, because its mean "
    "exceeds every other's by at least p_lower - p_upper (bounded as one mean)",
    "the class has the largest smoothed score everywhere within the l2 radius, because its mean "
    "exceeds every other's by at least p_lower - p_upper (two means bounded apart)",
    "the class has more than half of the smoothed score everywhere within the l2 radius, because "
    "its "
    "mean is at least p_lower > 1/2",
    "the class has the largest smoothed score everywhere within the l2 radius, because its mean is "
    "at "
    "least p_lower and every other's at most p_upper",
};

/// The mean of (1 + Z) / 2 from bounds on its two parts.
LowerBound half_margin(const LowerBound& top, const UpperBound& rivals) {
  const double p = std::nextafter((1 + (top.p - rivals.p)) / 2, -1.0) - 1e-16;
  const double q = std::nextafter((top.q + rivals.p) / 2, 2.0);
  return {std::max(0.0, p), std::min(1.0, q)};
}

/// d / (√2 L), if it is the larger radius (Liang, section V).
void apply_lipschitz(const LowerBound& half, double lipschitz, const Tested& tested,
                     Certificate& certificate) {
  if (!(lipschitz > 0 && half.p > half.q)) return;
  const double radius = (half.p - half.q) / (std::numbers::sqrt2 * lipschitz) * (1 - 1e-15);
  if (radius > certificate.radius) {
    certificate.radius = radius;
    certificate.predicted = tested.top;
  }
}

Certificate certify_by(const ImageSamples& samples, const MethodOptions& options, Margin margin,
                       MeanBound bound, std::string_view name) {
  const Tested tested = select(samples, options, SelectionCost::kUnion);
  Certificate certificate = abstention(samples, options, tested, name);
  if (tested.top == kAbstain) return certificate;
  const ScoreBounds scores(samples, bound, tested.top);
  const double alpha = tested.alpha;
  if (margin == Margin::kSecondTop) {
    const LowerBound top = scores.top(alpha);
    certify_from(top, complement(top), tested, certificate);
    return certificate;
  }
  if (margin == Margin::kFirstDirect) {
    const LowerBound half = scores.half_margin(alpha);
    certify_from(half, complement(half), tested, certificate);
    apply_lipschitz(half, options.lipschitz, tested, certificate);
    return certificate;
  }
  const LowerBound top = scores.top(alpha / 2);
  UpperBound rivals = scores.rivals(alpha / 2);
  if (const UpperBound rest = complement(top); rest.p < rivals.p) rivals = rest;
  if (margin == Margin::kSecond) {
    certify_from(top, rivals, tested, certificate);
    return certificate;
  }
  const LowerBound half = half_margin(top, rivals);
  certify_from(half, complement(half), tested, certificate);
  apply_lipschitz(half, options.lipschitz, tested, certificate);
  return certificate;
}

template <std::size_t margin, std::size_t bound>
Certificate certify_image(const ImageSamples& samples, const MethodOptions& options) {
  return certify_by(samples, options, static_cast<Margin>(margin), static_cast<MeanBound>(bound),
                    kNames[margin][bound]);
}

template <std::size_t margin, std::size_t bound>
constexpr Method method() {
  const bool in_order = bound == 1 || bound == 2;
  return {.name = kNames[margin][bound],
          .source = kSources[bound],
          .guarantee = kGuarantees[margin],
          .sound = true,
          .needs = in_order ? SampleNeeds::kTrace : SampleNeeds::kHistogram,
          .certify = certify_image<margin, bound>};
}

template <std::size_t margin>
void append(std::vector<Method>& methods) {
  methods.insert(methods.end(), {method<margin, 0>(), method<margin, 1>(), method<margin, 2>(),
                                 method<margin, 3>()});
}

}  // namespace

const std::vector<Method>& soft_methods() {
  static const std::vector<Method> methods = [] {
    std::vector<Method> all;
    append<0>(all);
    append<1>(all);
    append<2>(all);
    append<3>(all);
    return all;
  }();
  return methods;
}

}  // namespace certify
