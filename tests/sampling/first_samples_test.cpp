#include "core/sampling/statistics/subsample.h"

#include <gtest/gtest.h>

#include <limits>

#include "core/base/errors.h"

namespace certify {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

ImageSamples samples() {
  ImageSamples s;
  s.estimation = {{3, 1, 0}, 1};
  return s;
}

TEST(FirstSamples, OfAMatrixAreItsFirstRowsAndTheirVotes) {
  ImageSamples s = samples();
  s.logits = {5, 1, 0, kNaN, 1, 0, 2, 2, 0, 0, 9, 0, 7, 1, 1};
  keep_first(s, 3);
  EXPECT_EQ(s.estimation, (ClassCounts{{2, 0, 0}, 1})) << "the lowest class on a tie";
  EXPECT_EQ(s.logits.size(), 9U);
  s.logits = {5, 1, 0, kNaN, 1, 0, 2, 2, 0, 0, 9, 0, 7, 1, 1};
  keep_first(s, 5);
  EXPECT_EQ(s.estimation, samples().estimation);
}

TEST(FirstSamples, OfATraceAreItsFirstRowsAndWhatTheySayOfVotes) {
  ImageSamples s = samples();
  s.trace = {0, {2}, {0.9F, 0.1F, 0, 0.4F, 0.5F, 0.1F, 0.4F, 0.2F, 0.4F, 0.3F, 0.3F, 0.4F}, {}};
  keep_first(s, 3);
  EXPECT_EQ(s.trace.rows(), 3);
  EXPECT_EQ(s.estimation, (ClassCounts{{1, 0, 1}, 1})) << "a tie is not the tested class's";
}

TEST(FirstSamples, MoreThanThereAreOrWithoutAnOrderAreRefused) {
  ImageSamples s = samples();
  EXPECT_THROW(keep_first(s, 2), InputError);
  s.histogram = {0, {1}, 1, {1, 1, 1, 1, 1, 1, 1, 1}};
  EXPECT_THROW(keep_first(s, 2), InputError);
  s.logits = {5, 1, 0};
  EXPECT_THROW(keep_first(s, 2), InputError);
  EXPECT_THROW(keep_first(s, 0), InputError);
}

}  // namespace
}  // namespace certify
