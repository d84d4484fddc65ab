// Columns that the checker works out again, against those that methods see.

#include "core/verify/files/score_columns.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "core/sampling/statistics/score_keeper.h"

namespace certify::checker {
namespace {

using Form = ScoreColumns::Form;

ImageSamples with_logits(int classes, int n) {
  std::mt19937_64 random(9);
  std::normal_distribution<float> normal;
  ImageSamples samples;
  samples.estimation.votes.assign(static_cast<std::size_t>(classes), 0);
  for (int c = 0; c < classes; ++c) samples.selection.votes.push_back(c * 7 % 5);
  for (int i = 0; i < n * classes; ++i) {
    samples.logits.push_back(2 * normal(random) + (i % classes == 1 ? 2.0F : 0.0F));
  }
  samples.label = 1;
  samples.logits[1] = std::numeric_limits<float>::quiet_NaN();
  return samples;
}

TEST(ScoreColumns, BinsHaveTheEdgesOfTheFiles) {
  for (const int bins : {1, 2, 3, 64, 1000, 1024, 4096}) {
    EXPECT_EQ(bin_edges(bins), score_bin_edges(bins)) << bins;
  }
}

TEST(ScoreColumns, OfLogitsAreThoseOfTheTrace) {
  for (const int classes : {2, 5, 40}) {
    for (const ScoreLink link : {ScoreLink::kSoftmax, ScoreLink::kSparsemax}) {
      ImageSamples samples = with_logits(classes, 300);
      const ScorePlan plan{.keep = ScoreKeeping::kMatrix, .link = link, .temperature = 1.5};
      const ScoreColumns from_logits(samples, plan, 1);
      trace_from_logits(samples, Selection::kLabel, link, 1.5);
      const ScoreColumns from_trace(samples, plan, 1);
      ASSERT_EQ(from_logits.rivals(), from_trace.rivals());
      EXPECT_EQ(from_logits.samples(), 300);
      for (int rival = 1; rival <= from_trace.rivals(); ++rival) {
        const Column a = from_logits.rival_mirrored(rival, Form::kAsKept);
        const Column b = from_trace.rival_mirrored(rival, Form::kAsKept);
        for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].value, b[i].value);
      }
      EXPECT_EQ(from_logits.top(Form::kAsKept)[0].value, 0) << "an invalid sample";
    }
  }
}

TEST(ScoreColumns, OfATraceAreBinnedAsAHistogramIs) {
  ImageSamples samples = with_logits(5, 300);
  trace_from_logits(samples, Selection::kLabel, ScoreLink::kSoftmax, 1);
  const ScoreColumns from_trace(samples, {}, 1);
  samples.histogram = histogram_of(samples.trace, 1024);
  samples.trace = {};
  const ScoreColumns from_histogram(samples, {}, 1);
  const auto expect_equal = [](const Column& a, const Column& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].value, b[i].value);
      EXPECT_EQ(a[i].count, b[i].count);
    }
  };
  expect_equal(from_trace.half_margin(Form::kBinned), from_histogram.half_margin(Form::kBinned));
  expect_equal(from_trace.top(Form::kBinned), from_histogram.top(Form::kAsKept));
  expect_equal(from_trace.rival_mirrored(2, Form::kBinned),
               from_histogram.rival_mirrored(2, Form::kBinned));
  EXPECT_EQ(from_histogram.samples(), 300);
  EXPECT_FALSE(from_histogram.in_order());
}

}  // namespace
}  // namespace certify::checker
