#include "core/attack/radius_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace certify {
namespace {

using testing::ElementsAre;

constexpr int kClass = 3, kOther = 5;

/// An attack that succeeds in every ball from `truth` on, with a point on its rim.
struct Threshold {
  double truth;
  std::vector<double> tried{};

  AttackResult search(double certified, double max_radius, int tries = 12) {
    return search_smallest_radius(kClass, certified, max_radius, tries, [&](double r, int number) {
      EXPECT_EQ(number, static_cast<int>(tried.size()));
      tried.push_back(r);
      return BallTry{r, r >= truth ? kOther : kClass};
    });
  }
};

TEST(RadiusSearch, ChallengesTheCertificateFirstThenTheRadiiOfThePaper) {
  Threshold attack{9};
  const AttackResult result = attack.search(0.5, 2);
  EXPECT_THAT(attack.tried, ElementsAre(0.5, 0.75, 1.0, 2.0));
  EXPECT_EQ(result.answer, kAbstain);
  EXPECT_EQ(result.radius, 2);
  EXPECT_EQ(result.unsettled_radius, 2);
}

TEST(RadiusSearch, FindsTheSmallestSuccessWithinTwoPercent) {
  for (const double certified : {0.0, 0.01, 0.3, 0.6}) {
    for (const double truth : {0.61, 0.9, 1.3, 1.99}) {
      Threshold attack{truth};
      const AttackResult result = attack.search(certified, 2, 30);
      EXPECT_EQ(result.answer, kOther);
      EXPECT_GE(result.radius, truth);
      EXPECT_LE(result.radius, 1.02 * truth) << "certified " << certified << ", truth " << truth;
      EXPECT_EQ(result.unsettled_radius, result.radius);
    }
  }
}

TEST(RadiusSearch, GoesOnBelowTheCertificateWhereThatIsBroken) {
  Threshold attack{0.2};
  const AttackResult result = attack.search(0.5, 2, 30);
  EXPECT_EQ(attack.tried[0], 0.5);
  EXPECT_GE(result.radius, 0.2);
  EXPECT_LE(result.radius, 1.02 * 0.2);
}

TEST(RadiusSearch, TriesNoBallTwiceAndNoneBeyondTheLargest) {
  for (const double truth : {0.1, 0.4, 0.7, 3.0}) {
    Threshold attack{truth};
    attack.search(0.4, 0.7, 40);
    for (std::size_t i = 0; i < attack.tried.size(); ++i) {
      EXPECT_LE(attack.tried[i], 0.7);
      for (std::size_t j = 0; j < i; ++j) EXPECT_NE(attack.tried[i], attack.tried[j]);
    }
  }
}

TEST(RadiusSearch, StopsWhenTriesAreUsedUp) {
  Threshold attack{1.2};
  const AttackResult result = attack.search(0.5, 2, 5);
  EXPECT_EQ(attack.tried.size(), 5u);
  EXPECT_EQ(result.answer, kOther);
  EXPECT_GE(result.radius, 1.2);

  Threshold cut_short{1.2};
  const AttackResult none = cut_short.search(0.5, 2, 2);
  EXPECT_EQ(none.answer, kAbstain);
  EXPECT_EQ(none.radius, 0.75) << "how far was searched, not the largest ball";
}

TEST(RadiusSearch, AnAbstentionIsNoSuccessButIsRemembered) {
  const AttackResult result =
      search_smallest_radius(kClass, 0.5, 2, 12, [](double r, int) -> BallTry {
        if (r >= 1.2) return {r, kOther};
        return {r, r >= 1.0 ? kAbstain : kClass};
      });
  EXPECT_EQ(result.answer, kOther);
  EXPECT_GE(result.radius, 1.2);
  EXPECT_EQ(result.unsettled_radius, 1.0);

  const AttackResult only_abstains = search_smallest_radius(kClass, 0.5, 2, 12, [](double r, int) {
    return BallTry{r, r > 0.6 ? kAbstain : kClass};
  });
  EXPECT_EQ(only_abstains.answer, kAbstain);
  EXPECT_EQ(only_abstains.radius, 2);
  EXPECT_EQ(only_abstains.unsettled_radius, 0.75);
}

TEST(RadiusSearch, APointInsideItsBallCountsWithItsOwnDistance) {
  const AttackResult result =
      search_smallest_radius(kClass, 0.5, 2, 30, [](double r, int) -> BallTry {
        return r < 0.8 ? BallTry{r, kClass} : BallTry{0.8, kOther};
      });
  EXPECT_EQ(result.radius, 0.8);
}

TEST(RadiusSearch, AnImageAnsweredDifferentlyWithoutMovingEndsAtZero) {
  int tries = 0;
  const AttackResult result = search_smallest_radius(kClass, 0.5, 2, 12, [&](double, int) {
    ++tries;
    return BallTry{0, kOther};
  });
  EXPECT_EQ(tries, 1);
  EXPECT_EQ(result.radius, 0);
  EXPECT_EQ(result.answer, kOther);
}

}  // namespace
}  // namespace certify
