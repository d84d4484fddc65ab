#include "core/methods/scores/soft_margin.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/base/errors.h"
#include "core/methods/scores/score_bounds.h"
#include "core/methods/selection.h"
#include "core/stats/margins/tangent_margin.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

enum class Margin { kFirstDirect, kFirstBonferroni, kSecondTop, kSecond, kSecondTangent };

/// Whether it bounds the tested class's mean by itself, and not a margin alone.
constexpr bool bounds_mean(Margin margin) {
  return margin == Margin::kSecondTop || margin == Margin::kSecond;
}

/// Row m, column b: Margin m with MeanBound b.
constexpr std::array<std::array<std::string_view, 5>, 5> kNames = {{
    {"soft-first-direct-empirical-bernstein", "soft-first-direct-confidence-sequence",
     "soft-first-direct-betting", "soft-first-direct-histogram", "soft-first-direct-star-bets"},
    {"soft-first-bonferroni-empirical-bernstein", "soft-first-bonferroni-confidence-sequence",
     "soft-first-bonferroni-betting", "soft-first-bonferroni-histogram",
     "soft-first-bonferroni-star-bets"},
    {"soft-second-top-empirical-bernstein", "soft-second-top-confidence-sequence",
     "soft-second-top-betting", "soft-second-top-histogram", "soft-second-top-star-bets"},
    {"soft-second-empirical-bernstein", "soft-second-confidence-sequence", "soft-second-betting",
     "soft-second-histogram", "soft-second-star-bets"},
    {"soft-second-tangent-empirical-bernstein", "soft-second-tangent-confidence-sequence",
     "soft-second-tangent-betting", "", "soft-second-tangent-star-bets"},
}};

constexpr std::array<std::string_view, 5> kSources = {
    "Maurer & Pontil (2009); margins after Liang, section V",
    "Waudby-Smith & Ramdas (2023), predictable plug-in; margins after Liang, section V",
    "Waudby-Smith & Ramdas (2023), hedged capital; margins after Liang, section V",
    "mixture betting on histograms, after Waudby-Smith & Ramdas (2023); margins after Liang, "
    "section V",
    "Voráček & Orabona (2025), STaR-Bets; margins after Liang, section V",
};

constexpr std::array<std::string_view, 5> kGuarantees = {
    "the class has the largest smoothed score everywhere within the radius, because its mean "
    "exceeds every other's by at least p_lower - p_upper (bounded as one mean)",
    "the class has the largest smoothed score everywhere within the radius, because its mean "
    "exceeds every other's by at least p_lower - p_upper (two means bounded apart)",
    "the class has more than half of the smoothed score everywhere within the radius, because "
    "its mean is at least p_lower > 1/2",
    "the class has the largest smoothed score everywhere within the radius, because its mean is "
    "at least p_lower and every other's at most p_upper",
    "the class has the largest smoothed score everywhere within the radius, because its "
    "quantile exceeds every other's by at least 2 radius / sigma, by tangent lines tuned on the n0 "
    "samples",
};

/// The mean of (1 + Z) / 2 from bounds on its two parts.
LowerBound half_margin(const LowerBound& top, const UpperBound& rivals) {
  const double p = std::nextafter((1 + (top.p - rivals.p)) / 2, -1.0) - 1e-16;
  const double q = std::nextafter((top.q + rivals.p) / 2, 2.0);
  return {std::max(0.0, p), std::min(1.0, q)};
}

/// d / (√2 L), if it is the larger radius (Liang, section V).
void apply_lipschitz(const LowerBound& half, double lipschitz, const ClassUnderTest& tested,
                     Certificate& certificate) {
  if (!(lipschitz > 0 && half.p > half.q)) return;
  const double radius = (half.p - half.q) / (std::numbers::sqrt2 * lipschitz) * (1 - 1e-15);
  if (radius > certificate.radius) {
    certificate.radius = radius;
    certificate.predicted = tested.top;
  }
}

/// The least margin over all rivals. Each bound holds at alpha; the true runner-up's is among them,
/// or that of the column which bounds it from above, so the smallest pays no union.
double tangent_margin(const ImageSamples& samples, const ScoreBounds& scores, double alpha) {
  const std::vector<double>& means = samples.trace.selection_means;
  if (static_cast<int>(means.size()) != scores.columns()) {
    throw InputError("image {}: no mean scores of the selection samples were kept", samples.index);
  }
  double least = std::numeric_limits<double>::infinity();
  for (int rival = 1; rival < scores.columns(); ++rival) {
    const double slope = tangent_slope(means.front(), means[static_cast<std::size_t>(rival)]);
    least = std::min(least, least_margin_on_line(scores.tangent(rival, slope, alpha), slope));
  }
  return least;
}

Certificate certify_by(const ImageSamples& samples, const MethodOptions& options, Margin margin,
                       MeanBound bound, std::string_view name) {
  const ClassUnderTest tested = select(samples, options, SelectionCost::kUnion);
  Certificate certificate = abstention(samples, options, tested, name);
  if (tested.top == kAbstain) return certificate;
  const ScoreBounds scores(samples, bound, tested.top);
  const double alpha = tested.alpha;
  LowerBound half;
  if (margin == Margin::kSecondTop) {
    half = scores.top(alpha);
  } else if (margin == Margin::kSecondTangent) {
    half = symmetric_pair(tangent_margin(samples, scores, alpha));
  } else if (margin == Margin::kFirstDirect) {
    half = scores.half_margin(alpha);
  } else {
    const LowerBound top = scores.top(alpha / 2);
    UpperBound rivals = scores.rivals(alpha / 2);
    if (const UpperBound rest = complement(top); rest.p < rivals.p) rivals = rest;
    if (margin == Margin::kSecond) {
      certify_from(options.noise, top, rivals, tested, certificate);
      return certificate;
    }
    half = half_margin(top, rivals);
  }
  certify_from(options.noise, half, complement(half), tested, certificate);
  if (margin == Margin::kFirstDirect || margin == Margin::kFirstBonferroni) {
    apply_lipschitz(half, options.lipschitz, tested, certificate);
  }
  return certificate;
}

template <std::size_t margin, std::size_t bound>
Certificate certify_image(const ImageSamples& samples, const MethodOptions& options) {
  return certify_by(samples, options, static_cast<Margin>(margin), static_cast<MeanBound>(bound),
                    kNames[margin][bound]);
}

template <std::size_t margin, std::size_t bound>
constexpr Method method() {
  const bool in_order = bound == 1 || bound == 2 || bound == 4 || margin == 4;
  return {.name = kNames[margin][bound],
          .source = kSources[bound],
          .guarantee = kGuarantees[margin],
          .needs = in_order ? SampleNeeds::kTrace : SampleNeeds::kHistogram,
          .families = static_cast<Margin>(margin) == Margin::kSecondTangent
                          ? NoiseFamilies(kNormalFamilies)
                          : NoiseFamilies(kDrawnFamilies),
          .certify = certify_image<margin, bound>,
          .bounds_margin = !bounds_mean(static_cast<Margin>(margin))};
}

template <std::size_t margin>
void append(std::vector<Method>& methods) {
  methods.insert(methods.end(), {method<margin, 0>(), method<margin, 1>(), method<margin, 2>(),
                                 method<margin, 3>(), method<margin, 4>()});
}

}  // namespace

const std::vector<Method>& soft_methods() {
  static const std::vector<Method> methods = [] {
    std::vector<Method> all;
    append<0>(all);
    append<1>(all);
    append<2>(all);
    append<3>(all);
    all.insert(all.end(), {method<4, 0>(), method<4, 1>(), method<4, 2>(), method<4, 4>()});
    return all;
  }();
  return methods;
}

}  // namespace certify
