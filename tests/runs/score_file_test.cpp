#include "core/runs/samples/score_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/npy.h"
#include "core/runs/run_folder.h"
#include "tests/runs/example_run.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kN = 100;  // of the example run

ImageSamples with_matrix() {
  ImageSamples s = example_samples(20);
  for (std::int64_t i = 0; i < kN * 3; ++i) s.logits.push_back(static_cast<float>(i) * 0.25f);
  return s;
}

ImageSamples with_trace() {
  ImageSamples s = example_samples(20);
  std::vector<float> matrix;
  for (std::int64_t i = 0; i < kN; ++i) {
    const float a = static_cast<float>(i) / kN;
    matrix.insert(matrix.end(), {a, (1 - a) * 0.25f, (1 - a) * 0.75f});
  }
  s.trace = trace_of(matrix, 3, 0, {1, 2});
  s.trace.selection_means = {0.1 + 0.2, 1.0 / 3, 0.25, 0};
  return s;
}

ImageSamples with_histogram() {
  ImageSamples s = example_samples(20);
  s.histogram = histogram_of(with_trace().trace, 32);
  return s;
}

class ScoreFileTest : public testing::Test {
 protected:
  ImageSamples read(const ScorePlan& plan, const ScoreEntry& entry) {
    ImageSamples s = example_samples(20);
    read_scores(folder_.path(), plan, entry, kN, 3, s);
    return s;
  }
  TemporaryFolder folder_;
};

TEST_F(ScoreFileTest, EveryKindComesBackToTheLastBit) {
  const auto trace = with_trace(), histogram = with_histogram(), matrix = with_matrix();
  EXPECT_EQ(read({ScoreKeeping::kTrace}, *write_scores(folder_.path(), trace)).trace, trace.trace);
  EXPECT_EQ(
      read({.keep = ScoreKeeping::kHistogram, .bins = 32}, *write_scores(folder_.path(), histogram))
          .histogram,
      histogram.histogram);
  EXPECT_EQ(read({ScoreKeeping::kMatrix}, *write_scores(folder_.path(), matrix)).logits,
            matrix.logits);
}

TEST_F(ScoreFileTest, AnImageWithoutScoresLeavesNoFile) {
  EXPECT_FALSE(write_scores(folder_.path(), example_samples(20)).has_value());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "scores"));
}

TEST_F(ScoreFileTest, WhatScoresCannotBeIsRefusedByFileAndRow) {
  const auto refusal = [&](const ScorePlan& plan, const ImageSamples& samples) {
    try {
      read(plan, *write_scores(folder_.path(), samples));
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const auto trace_with = [](std::size_t at, float value) {
    ImageSamples s = with_trace();
    s.trace.values[at] = value;
    return s;
  };
  const ScorePlan trace{ScoreKeeping::kTrace};
  EXPECT_THAT(refusal(trace, trace_with(9, 1.5F)), HasSubstr("20.npy: row 2: a score of 1.5"));
  EXPECT_THAT(refusal(trace, trace_with(0, -0.5F)), HasSubstr("row 0: a score of -0.5"));
  EXPECT_THAT(refusal(trace, trace_with(4, NAN)), HasSubstr("row 1: a score of nan"));
  EXPECT_THAT(refusal(trace, trace_with(4, 0.9F)), HasSubstr("row 1: scores sum to 1."));
  EXPECT_THAT(refusal(trace, trace_with(2, 0.1F)), HasSubstr("row 0: scores sum to 0."));
  ImageSamples histogram = with_histogram();
  const ScorePlan plan{.keep = ScoreKeeping::kHistogram, .bins = 32};
  ++histogram.histogram.counts[3];
  EXPECT_THAT(refusal(plan, histogram), HasSubstr("row 0: counts"));
  histogram.histogram.counts[3] -= 2;
  EXPECT_THAT(refusal(plan, histogram), HasSubstr("row 0: counts sum to 99"));
  histogram.histogram.counts[0] = -1;
  EXPECT_THAT(refusal(plan, histogram), HasSubstr("row 0: counts"));
}

TEST_F(ScoreFileTest, DamageAnotherShapeAndAbsenceAreRefusedByName) {
  const ScoreEntry entry = *write_scores(folder_.path(), with_matrix());
  const auto refusal = [&](ScoreEntry wanted, const ScorePlan& plan) {
    try {
      read(plan, wanted);
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(refusal(entry, {ScoreKeeping::kTrace}), HasSubstr("20.npy: not a <f4 array of"));
  std::string bytes = read_file(folder_ / "scores/20.npy");
  bytes.back() ^= 1;
  replace_file(folder_ / "scores/20.npy", bytes);
  EXPECT_THAT(refusal(entry, {ScoreKeeping::kMatrix}), HasSubstr("20.npy: damaged"));
  std::filesystem::remove(folder_ / "scores/20.npy");
  EXPECT_THAT(refusal(entry, {ScoreKeeping::kMatrix}), HasSubstr("20.npy"));
}

TEST(RunWithScores, GivesBackWhatWasAppended) {
  const TemporaryFolder folder;
  Manifest manifest = example_manifest(1);
  manifest.settings.scores.keep = ScoreKeeping::kTrace;
  {
    RunFolder run(folder / "run", manifest, {20}, false);
    run.append(with_trace());
    run.close("complete", 1);
  }
  ImageSamples found;
  read_run(folder / "run", [&](ImageSamples s) { found = std::move(s); });
  EXPECT_EQ(found.trace, with_trace().trace);
  EXPECT_EQ(found.estimation, example_samples(20).estimation);
}

// NumPy's own description of the format, version 1.0.
TEST(Npy, HasTheHeaderThatNumpyReads) {
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  const std::string bytes = to_npy(values, {2, 3});
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  EXPECT_EQ((bytes.size() - 24) % 64, 0u);
  EXPECT_THAT(bytes, HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"));
  EXPECT_EQ(from_npy<float>(bytes, {2, 3}), values);
  EXPECT_THROW(from_npy<float>(bytes, {3, 2}), DataError);
  EXPECT_THROW(from_npy<float>(bytes.substr(0, bytes.size() - 1), {2, 3}), DataError);
  EXPECT_THROW(from_npy<std::int64_t>(bytes, {2, 3}), DataError);
}

}  // namespace
}  // namespace certify
