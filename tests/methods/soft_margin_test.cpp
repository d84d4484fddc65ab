#include "core/methods/scores/soft_margin.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "core/base/errors.h"
#include "core/methods/catalogue.h"
#include "core/methods/scores/score_bounds.h"
#include "core/stats/margins/tangent_margin.h"
#include "core/stats/means/betting.h"
#include "core/stats/normal.h"

namespace certify {
namespace {

const MethodOptions kLabel{
    .noise = gaussian_noise(1), .alpha = 0.01, .selection = Selection::kLabel};

/// 400 rows of four classes: class 2 leads, classes 0 and 3 take turns behind it.
std::vector<float> matrix() {
  std::vector<float> rows;
  for (int i = 0; i < 400; ++i) {
    const float top = 0.7F + 0.001F * static_cast<float>(i % 100);
    const float second = 0.75F * (1 - top);
    const float rest = (1 - top - second) / 2;
    const bool turn = i % 3 == 0;
    rows.insert(rows.end(), {turn ? second : rest, rest, top, turn ? rest : second});
  }
  return rows;
}

ImageSamples samples_with(ScoreTrace trace) {
  trace.selection_means.assign(static_cast<std::size_t>(trace.columns()), 0.1);
  trace.selection_means.front() = 0.75;
  ImageSamples samples;
  samples.label = trace.tested;
  samples.estimation.votes = {0, 0, trace.rows(), 0};
  samples.trace = trace;
  return samples;
}

Certificate certify_by(std::string_view name, const ImageSamples& samples,
                       const MethodOptions& options = kLabel) {
  return find_method(name).certify(samples, options);
}

TEST(SoftMargin, EveryMethodCertifiesALeadThatIsPlain) {
  const auto samples = samples_with(trace_of(matrix(), 4, 2, {0}));
  for (const Method& method : soft_methods()) {
    const auto certificate = method.certify(samples, kLabel);
    EXPECT_EQ(certificate.predicted, 2) << method.name;
    EXPECT_GT(certificate.radius, 0.1) << method.name;
    const double stated = 0.5 * (normal_quantile(certificate.p_lower, 1 - certificate.p_lower) -
                                 normal_quantile(certificate.p_upper, 1 - certificate.p_upper));
    EXPECT_NEAR(certificate.radius, stated, 1e-11) << method.name;
  }
}

TEST(SoftMargin, BoundingTheTwoMeansApartIsTighterForTheSecondMarginThanTheTopAlone) {
  // The mass beside the top class is spread over rivals here.
  const auto samples = samples_with(trace_of(matrix(), 4, 2, {0, 3}));
  EXPECT_GT(certify_by("soft-second-betting", samples).radius,
            certify_by("soft-second-top-betting", samples).radius);
}

TEST(SoftMargin, CandidatesTightenTheBoundOnRivalsAndTheRestCoversTheOthers) {
  const auto all = samples_with(trace_of(matrix(), 4, 2, {0, 3}));
  const auto none = samples_with(trace_of(matrix(), 4, 2, {}));
  EXPECT_LT(ScoreBounds(all, MeanBound::kBetting, 2).rivals(0.01).p,
            ScoreBounds(none, MeanBound::kBetting, 2).rivals(0.01).p);
  // Without candidates the one rival column is the largest other score of each row.
  double mean = 0;
  for (int i = 0; i < 400; ++i) {
    mean += static_cast<double>(none.trace.values[static_cast<std::size_t>(2 * i + 1)]) / 400;
  }
  EXPECT_GT(ScoreBounds(none, MeanBound::kBetting, 2).rivals(0.01).p, mean);
}

TEST(SoftMargin, AHistogramIsNeverTighterThanTheTraceThatItWasMadeOf) {
  const auto traced = samples_with(trace_of(matrix(), 4, 2, {0}));
  for (const int bins : {10, 100, 4096}) {
    ImageSamples binned = traced;
    binned.trace = {};
    binned.histogram = histogram_of(traced.trace, bins);
    for (const double alpha : {0.1, 1e-6}) {
      const ScoreBounds exact(traced, MeanBound::kEmpiricalBernstein, 2);
      const ScoreBounds rough(binned, MeanBound::kEmpiricalBernstein, 2);
      // Rounding moves the mean down by up to a bin, and the deviation by no more.
      const double bin = std::numbers::pi / (2 * bins);
      EXPECT_NEAR(rough.top(alpha).p, exact.top(alpha).p, 3 * bin);
      EXPECT_LT(rough.top(alpha).p, exact.top(alpha).p + 0.5 * bin);
      EXPECT_NEAR(rough.rivals(alpha).p, exact.rivals(alpha).p, 3 * bin);
    }
  }
}

TEST(SoftMargin, TangentsNeedTheMeansOfTheSelectionSamples) {
  ImageSamples samples = samples_with(trace_of(matrix(), 4, 2, {0, 3}));
  EXPECT_GT(certify_by("soft-second-tangent-betting", samples).radius, 0.5);
  samples.trace.selection_means.clear();
  EXPECT_THROW(certify_by("soft-second-tangent-betting", samples), InputError);
}

TEST(SoftMargin, TheLeastMarginOnALineIsItsTangentPoint) {
  for (const double p1 : {0.6, 0.8, 0.95}) {
    for (const double p2 : {0.05, 0.2, 0.39}) {
      if (p1 + p2 > 1) continue;
      const double slope = tangent_slope(p1, p2);
      const double margin = normal_quantile(p1, 1 - p1) - normal_quantile(p2, 1 - p2);
      const double d = p1 - slope * p2;
      if (d <= 0) continue;
      double least = 1e9;
      for (double v = -8; v < 0; v += 1e-4) {
        const double b = normal_cdf(v).below;
        const double a = d + slope * b;
        if (a + b <= 1) least = std::min(least, normal_quantile(a, 1 - a) - v);
      }
      EXPECT_LE(least_margin_on_line(d, slope), least);
      EXPECT_GT(least_margin_on_line(d, slope), least - 1e-6);
      EXPECT_LE(least_margin_on_line(d, slope), margin);
    }
  }
  EXPECT_LT(least_margin_on_line(0, 1), -1e300);
  EXPECT_LT(least_margin_on_line(std::nan(""), 1), -1e300);
}

TEST(SoftMargin, AKnownLipschitzConstantCanOnlyEnlargeTheRadius) {
  const auto samples = samples_with(trace_of(matrix(), 4, 2, {0}));
  MethodOptions options = kLabel;
  const auto plain = certify_by("soft-first-direct-betting", samples, options);
  options.lipschitz = 1000;
  EXPECT_EQ(certify_by("soft-first-direct-betting", samples, options).radius, plain.radius);
  options.lipschitz = 0.01;
  const double d = plain.p_lower - plain.p_upper;
  EXPECT_NEAR(certify_by("soft-first-direct-betting", samples, options).radius,
              d / (std::sqrt(2) * 0.01), 1e-9);
}

TEST(SoftMargin, InvalidSamplesAreARivalWithTheWholeScore) {
  std::vector<float> rows = matrix();
  const double before =
      certify_by("soft-second-betting", samples_with(trace_of(rows, 4, 2, {0}))).radius;
  rows.insert(rows.begin(), 4 * 40, std::numeric_limits<float>::quiet_NaN());
  const ScoreTrace trace = trace_of(rows, 4, 2, {0});
  EXPECT_EQ(trace.rows(), 440);
  EXPECT_EQ(trace.values[0], 0.0F);
  EXPECT_EQ(trace.values[2], 1.0F);  // the rest, which the lost samples count for
  EXPECT_LT(certify_by("soft-second-betting", samples_with(trace)).radius, before);
}

TEST(SoftMargin, RefusesScoresThatDoNotFit) {
  ImageSamples samples = samples_with(trace_of(matrix(), 4, 2, {0}));
  samples.label = 1;  // kept for class 2
  EXPECT_THROW(certify_by("soft-second-betting", samples), InputError);
  samples.label = 2;
  samples.estimation.votes[2] += 1;  // one sample more than scores
  EXPECT_THROW(certify_by("soft-second-betting", samples), InputError);
  samples.estimation.votes[2] -= 1;
  samples.histogram = histogram_of(samples.trace, 64);
  samples.trace = {};
  EXPECT_THROW(certify_by("soft-second-betting", samples), InputError);  // needs the order
  EXPECT_FALSE(certify_by("soft-second-histogram", samples).abstained());
  samples.histogram = {};
  EXPECT_THROW(certify_by("soft-second-histogram", samples), InputError);
}

TEST(Scores, RefusesRowsThatAreNoDistributions) {
  EXPECT_THROW(trace_of(std::vector<float>{0.5F, 0.6F}, 2, 0, {}), InputError);
  EXPECT_THROW(trace_of(std::vector<float>{1.5F, -0.5F}, 2, 0, {}), InputError);
  EXPECT_THROW(trace_of(std::vector<float>{0.5F, NAN}, 2, 0, {}), InputError);
  EXPECT_THROW(trace_of(std::vector<float>{0.5F, 0.5F, 0.5F}, 2, 0, {}), InputError);
  EXPECT_THROW(trace_of(std::vector<float>{0.5F, 0.5F}, 2, 0, {0}), InputError);
  EXPECT_THROW(trace_of(std::vector<float>{0.5F, 0.5F}, 2, 2, {}), InputError);
}

TEST(Scores, BinsHoldEveryScoreBetweenTheirEdges) {
  const auto edges = score_bin_edges(64);
  ASSERT_EQ(edges.size(), 65U);
  for (std::size_t b = 1; b < edges.size(); ++b) EXPECT_GT(edges[b], edges[b - 1]);
  ScoreTrace trace{0, {}, {}, {}};
  for (const float edge : edges) trace.values.insert(trace.values.end(), {edge, 0.0F});
  const auto histogram = histogram_of(trace, 64);
  for (const std::int64_t count : histogram.row(0)) EXPECT_EQ(count, 1);
  EXPECT_EQ(histogram.row(1)[0], 65);
}

TEST(Scores, HistogramsOfShardsAddUp) {
  const ScoreTrace whole = trace_of(matrix(), 4, 2, {0});
  ScoreTrace left = whole;
  ScoreTrace right = whole;
  left.values.resize(whole.values.size() / 2);
  right.values.erase(right.values.begin(),
                     right.values.begin() + static_cast<std::ptrdiff_t>(left.values.size()));
  ScoreHistogram sum = histogram_of(left, 128);
  sum.add(histogram_of(right, 128));
  EXPECT_EQ(sum, histogram_of(whole, 128));
  EXPECT_THROW(sum.add(histogram_of(right, 64)), InputError);
}

}  // namespace
}  // namespace certify
