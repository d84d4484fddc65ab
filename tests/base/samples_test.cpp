#include "core/base/samples.h"

#include <gtest/gtest.h>

namespace certify {
namespace {

TEST(ClassCounts, InvalidSamplesStayInTheTotal) { EXPECT_EQ((ClassCounts{{3, 4}, 2}).total(), 9); }

TEST(ClassCounts, TopClassIsTheLowestIndexOnATie) {
  EXPECT_EQ((ClassCounts{{1, 5, 5}, 0}).top_class(), 1);
}

TEST(ClassCounts, NoVoteHasNoTopClass) {
  EXPECT_EQ((ClassCounts{{0, 0}, 7}).top_class(), -1);
  EXPECT_EQ(ClassCounts{}.top_class(), -1);
}

TEST(ClassCounts, InvalidSamplesCompeteLikeAClass) {
  const ClassCounts counts{{90, 3, 2}, 5};
  EXPECT_EQ(counts.best_other(0), 5);
  EXPECT_EQ((ClassCounts{{90, 8, 2}, 5}).best_other(0), 8);
  EXPECT_EQ(counts.best_other(1), 90);
}

}  // namespace
}  // namespace certify
