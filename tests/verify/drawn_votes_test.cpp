#include "core/verify/files/drawn_votes.h"

#include <gtest/gtest.h>

#include "core/sampling/statistics/subsample.h"

namespace certify::checker {
namespace {

TEST(DrawnVotes, AreThoseThatRecertifyDraws) {
  const ClassCounts all{{900, 0, 70, 20, 3}, 7};
  for (const std::uint64_t seed : {0ULL, 7ULL, (1ULL << 40) + 5}) {
    for (const std::int64_t image : {std::int64_t{0}, std::int64_t{123}, std::int64_t{1} << 33}) {
      for (const std::int64_t n : {1, 300, 1000}) {
        EXPECT_EQ(drawn_votes(all, n, seed, image), subsample(all, n, seed, image));
      }
    }
  }
  EXPECT_EQ(drawn_votes(all, 1000, 1, 1), all);
  EXPECT_NE(drawn_votes(all, 500, 1, 1), drawn_votes(all, 500, 2, 1));
}

TEST(DrawnVotes, OfATraceAreThoseOfRecertify) {
  ImageSamples samples;
  samples.estimation = {{0, 0, 0, 0}, 3};
  samples.trace.tested = 2;
  samples.trace.candidates = {0, 3};
  // Won, lost to 0, to 3, to the rest, a tie, and a sample without finite logits.
  samples.trace.values = {0.6F, 0.2F, 0.2F, 0,    0.2F, 0.6F, 0.2F, 0, 0.1F, 0.2F, 0.6F, 0.1F,
                          0.1F, 0.2F, 0.1F, 0.6F, 0.5F, 0.5F, 0,    0, 0,    0,    0,    1};
  const ClassCounts votes = votes_of(samples.trace, 4);
  keep_first(samples, 6);
  EXPECT_EQ(votes, samples.estimation);
  EXPECT_EQ(votes, (ClassCounts{{2, 0, 1, 1}, 2}));
}

}  // namespace
}  // namespace certify::checker
