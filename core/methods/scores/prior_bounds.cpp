#include "core/methods/scores/prior_bounds.h"

#include <algorithm>
#include <cmath>

#include "core/methods/counts/two_sided.h"
#include "core/methods/selection.h"

namespace certify {
namespace {

/// Covers the rounding of the formulas below, whose terms do not cancel beyond it.
constexpr double kSlack = 1e-12;

/// The largest value found by a grid over [low, high] and golden section around its best point.
template <typename Function>
double largest(double low, double high, const Function& f) {
  constexpr int kSteps = 64;
  constexpr double kGolden = 0.6180339887498949;
  int best = 0;
  double best_value = f(low);
  const double step = (high - low) / kSteps;
  for (int i = 1; i <= kSteps; ++i) {
    const double value = f(low + step * i);
    if (value > best_value) {
      best = i;
      best_value = value;
    }
  }
  double a = low + step * std::max(0, best - 1);
  double b = low + step * std::min(kSteps, best + 1);
  for (int i = 0; i < 40; ++i) {
    const double left = b - kGolden * (b - a);
    const double right = a + kGolden * (b - a);
    const double at_left = f(left);
    const double at_right = f(right);
    best_value = std::max({best_value, at_left, at_right});
    (at_left >= at_right ? b : a) = at_left >= at_right ? right : left;
  }
  return best_value;
}

using RadiusFunction = double (*)(double, const LowerBound&, const UpperBound&);

Certificate certify_by(const ImageSamples& samples, const MethodOptions& options,
                       std::string_view name, RadiusFunction radius_of) {
  const ClassUnderTest tested = select(samples, options, SelectionCost::kVerified);
  Certificate certificate = abstention(samples, options, tested, name);
  if (tested.top == kAbstain) return certificate;
  const auto [top, runner_up] = two_bounds(tested);
  certify_radius(radius_of(options.noise.sigma, top, runner_up), top.p, runner_up.p, tested,
                 certificate);
  return certificate;
}

}  // namespace

double lecuyer_radius(double sigma, const LowerBound& top, const UpperBound& runner_up) {
  if (!(top.p > runner_up.p)) return 0;
  const double limit = runner_up.p > 0 ? std::min(1.0, 0.5 * std::log(top.p / runner_up.p)) : 1.0;
  const double best = largest(limit * 1e-6, limit, [&](double beta) {
    const double gap = (top.p - std::exp(2 * beta) * runner_up.p) * (1 - kSlack) - kSlack;
    if (!(gap > 0)) return 0.0;
    return beta / std::sqrt(2 * std::log(1.25 * (1 + std::exp(beta)) / gap));
  });
  return sigma * best * (1 - kSlack);
}

double li_radius(double sigma, const LowerBound& top, const UpperBound& runner_up) {
  if (!(top.p > runner_up.p && runner_up.p > 0)) return 0;
  const double log_top = std::log(top.p);
  const double log_runner_up = std::log(runner_up.p);
  const double best = largest(std::log(1e-3), std::log(1e5), [&](double log_order) {
    const double order = std::exp(log_order);
    const double power = 1 - order;
    if (std::abs(power) < 1e-4) return 0.0;  // the limit there is never far above its neighbours
    const double a = power * log_top;
    const double b = power * log_runner_up;
    const double log_sum = std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
    const double mean = std::exp((log_sum - std::log(2.0)) / power);
    const double inside = (top.q - runner_up.p + 2 * mean) * (1 + kSlack) + kSlack;
    if (!(inside > 0 && inside < 1)) return 0.0;
    return std::sqrt(-2 / order * std::log(inside));
  });
  return sigma * best * (1 - kSlack);
}

const Method kLecuyer = {
    .name = "lecuyer",
    .source = "Lecuyer et al. (2019), as in appendix I of Cohen, Rosenfeld & Kolter (2019)",
    .guarantee =
        "the smoothed classifier answers the class everywhere within the radius, by "
        "differential privacy; for comparison, looser than two-sided",
    .needs = SampleNeeds::kCounts,
    .families = kNormalFamilies,
    .certify =
        [](const ImageSamples& samples, const MethodOptions& options) {
          return certify_by(samples, options, "lecuyer", lecuyer_radius);
        },
};

const Method kLi = {
    .name = "li",
    .source = "Li et al. (2019), as in appendix I of Cohen, Rosenfeld & Kolter (2019)",
    .guarantee =
        "the smoothed classifier answers the class everywhere within the radius, by "
        "Renyi divergence; for comparison, looser than two-sided",
    .needs = SampleNeeds::kCounts,
    .families = kNormalFamilies,
    .certify =
        [](const ImageSamples& samples, const MethodOptions& options) {
          return certify_by(samples, options, "li", li_radius);
        },
};

}  // namespace certify
