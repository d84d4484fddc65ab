#include "core/methods/selection.h"

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "core/stats/binomial/binomial_test.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

void check_options(const MethodOptions& options) {
  if (!(options.noise.sigma > 0 && std::isfinite(options.noise.sigma))) {
    throw InputError("sigma = {}, not a positive number", options.noise.sigma);
  }
  check_alpha(options.alpha);
}

void check_counts(const ClassCounts& counts, std::string_view which, std::int64_t image) {
  const auto negative = [&](std::int64_t count) {
    return InputError("image {}: a negative {} count, {}", image, which, count);
  };
  for (const std::int64_t count : counts.votes) {
    if (count < 0) throw negative(count);
  }
  if (counts.invalid < 0) throw negative(counts.invalid);
}

void check_samples(const ImageSamples& samples, Stopping stopping) {
  check_counts(samples.selection, "selection", samples.index);
  check_counts(samples.estimation, "estimation", samples.index);
  if (samples.estimation.num_classes() < 2) {
    throw InputError("image {}: {} classes, at least 2 expected", samples.index,
                     samples.estimation.num_classes());
  }
  if (samples.estimation.total() < 1) {
    throw InputError("image {}: no estimation samples", samples.index);
  }
  if (samples.stopped != StopReason::kNone && stopping == Stopping::kFixed) {
    throw InputError(
        "image {}: sampling stopped when its samples said so, which makes this method invalid; "
        "use cohen-sequential",
        samples.index);
  }
}

int selected_class(const ImageSamples& samples, Selection selection) {
  const int classes = samples.estimation.num_classes();
  switch (selection) {
    case Selection::kSeparate:
      if (samples.selection.total() < 1) {
        throw InputError(
            "image {}: no selection samples (n0 = 0); choose the class by `same` or `label`",
            samples.index);
      }
      if (samples.selection.num_classes() != classes) {
        throw InputError("image {}: {} classes in the selection samples, {} expected",
                         samples.index, samples.selection.num_classes(), classes);
      }
      return samples.selection.top_class();
    case Selection::kSame:
      return samples.estimation.top_class();
    case Selection::kLabel:
      if (samples.label < 0 || samples.label >= classes) {
        throw InputError("image {}: label {}, expected 0 to {}", samples.index, samples.label,
                         classes - 1);
      }
      return samples.label;
  }
  throw InputError("unknown way to select the class");
}

/// Share of alpha that verifying the class takes.
constexpr double kVerification = 0.1;

void pay_for_selection(int num_classes, SelectionCost cost, ClassUnderTest& tested) {
  switch (cost) {
    case SelectionCost::kMajority:
      tested.alpha /= 2;
      return;
    case SelectionCost::kUnion:
      tested.alpha /= num_classes;
      return;
    case SelectionCost::kVerified:
      if (tested.n_runner_up > tested.n_top ||
          !top_is_most_likely(tested.n_top, tested.n_runner_up, tested.alpha * kVerification)) {
        tested.top = kAbstain;
      }
      tested.alpha *= 1 - kVerification;
      return;
  }
}

}  // namespace

ClassUnderTest select(const ImageSamples& samples, const MethodOptions& options, SelectionCost cost,
                      Stopping stopping) {
  check_options(options);
  check_samples(samples, stopping);
  const ClassCounts& counts = samples.estimation;
  ClassUnderTest tested;
  tested.n = counts.total();
  tested.alpha = options.alpha;
  tested.top = selected_class(samples, options.selection);
  if (tested.top != kAbstain) {
    tested.n_top = counts.votes[static_cast<std::size_t>(tested.top)];
    tested.n_runner_up = counts.best_other(tested.top);
  }
  if (options.selection == Selection::kSame) pay_for_selection(counts.num_classes(), cost, tested);
  return tested;
}

Certificate abstention(const ImageSamples& samples, const MethodOptions& options,
                       const ClassUnderTest& tested, std::string_view method) {
  Certificate certificate;
  certificate.index = samples.index;
  certificate.label = samples.label;
  certificate.n_top = tested.n_top;
  certificate.n_runner_up = tested.n_runner_up;
  certificate.n = tested.n;
  certificate.alpha = options.alpha;
  certificate.sigma = options.noise.sigma;
  certificate.method = method;
  certificate.seconds = samples.seconds;
  return certificate;
}

void certify_radius(double radius, double p_lower, double p_upper, const ClassUnderTest& tested,
                    Certificate& certificate) {
  certificate.p_lower = p_lower;
  certificate.p_upper = p_upper;
  if (!(radius > 0)) return;
  certificate.predicted = tested.top;
  certificate.radius = radius;
}

void certify_majority(const Noise& noise, const LowerBound& top, const ClassUnderTest& tested,
                      Certificate& certificate) {
  certify_radius(noise.majority_radius(top), top.p, top.q, tested, certificate);
}

LowerBound symmetric_pair(double margin) {
  constexpr double kSlack = 4e-15;  // Φ is off by a few units in the last place
  const NormalTails tails = normal_cdf(margin / 2);
  return {tails.below * (1 - kSlack), std::min(1.0, tails.above * (1 + kSlack))};
}

void certify_from(const Noise& noise, const LowerBound& top, const UpperBound& rivals,
                  const ClassUnderTest& tested, Certificate& certificate) {
  certify_radius(noise.pair_radius(top, rivals), top.p, rivals.p, tested, certificate);
}

}  // namespace certify
