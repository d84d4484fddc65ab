#include "core/attack/challenge.h"

#include <gtest/gtest.h>

#include <cmath>

namespace certify {
namespace {

/// `inside` images broken inside their certificate, `outside` at 1.4 times its radius, the rest
/// not.
std::vector<AttackedImage> images(int all, int inside, int outside) {
  std::vector<AttackedImage> out;
  for (int i = 0; i < all; ++i) {
    AttackedImage image{i, 1, 1, 0.5, 2, kAbstain, 2};
    if (i < inside) {
      image.attack_radius = 0.5;
      image.attack_predicted = 0;
    } else if (i < inside + outside) {
      image.attack_radius = 0.7;
      image.attack_predicted = 0;
    }
    out.push_back(image);
  }
  return out;
}

TEST(Challenge, NothingInsideIsNoContradiction) {
  auto some = images(200, 0, 150);
  some.push_back({200, 3});  // abstained: not attacked
  const Challenge c = challenge(some, 0.001, 0.001);
  EXPECT_EQ(c.certified, 200);
  EXPECT_EQ(c.found, 150);
  EXPECT_EQ(c.inside, 0);
  EXPECT_EQ(c.considered, 201);
  EXPECT_NEAR(c.expected, 0.402, 1e-12);
  EXPECT_EQ(c.p_value, 1);
  EXPECT_FALSE(c.contradicts());
}

TEST(Challenge, AsManyInsideAsTheFailureProbabilitiesAllowAreNone) {
  // P[Bin(200, 0.002) >= k] = 0.3299, 0.0614, 0.0078 for k = 1, 2, 3 (summed in Python).
  const double tails[] = {0.3299483862621775, 0.06139062524501415, 0.00784053061333534};
  for (int k = 1; k <= 3; ++k) {
    const Challenge c = challenge(images(200, k, 20), 0.001, 0.001);
    EXPECT_EQ(c.inside, k);
    EXPECT_EQ(c.contradicts(), k == 3);
    EXPECT_EQ(c.allowed, 2);
    EXPECT_NEAR(c.p_value, tails[k - 1], 1e-9);
  }
}

TEST(Challenge, ImagesThatAbstainedCountAmongThoseThatMayFail) {
  // 300 copies of one image whose class has half of the votes, α = 0.05: whichever get a
  // certificate are wrong, and 15 may.
  auto some = images(9, 7, 2);
  for (int i = 9; i < 300; ++i) some.push_back({i, 1});
  const Challenge c = challenge(some, 0.05, 0.001);
  EXPECT_EQ(c.certified, 9);
  EXPECT_EQ(c.inside, 7);
  EXPECT_NEAR(c.expected, 15.3, 1e-12);
  EXPECT_EQ(c.allowed, 25);  // P[Bin(300, 0.051) >= 25] = 0.0117, >= 26: 0.0064 (summed in Python)
  EXPECT_FALSE(c.contradicts());
  const auto beyond = images(300, 26, 0);
  EXPECT_TRUE(challenge(beyond, 0.05, 0.001).contradicts());
}

TEST(Challenge, WhereNothingIsLeftToChanceOneInsideIsOneTooMany) {
  EXPECT_FALSE(challenge(images(10, 0, 5), 0, 0).contradicts());
  const Challenge c = challenge(images(10, 1, 5), 0, 0);
  EXPECT_EQ(c.allowed, 0);
  EXPECT_EQ(c.p_value, 0);
  EXPECT_TRUE(c.contradicts());
}

TEST(Challenge, FailureProbabilitiesOfOneAndMoreAllowAnything) {
  const Challenge c = challenge(images(10, 10, 0), 0.6, 0.6);
  EXPECT_EQ(c.p_value, 1);
  EXPECT_FALSE(c.contradicts());
}

TEST(Challenge, CountsWhatIsFoundWithinMultiplesOfTheRadius) {
  const auto some = images(20, 2, 5);
  EXPECT_EQ(found_within(some, 1), 2);
  EXPECT_EQ(found_within(some, 1.5), 7);
  EXPECT_EQ(found_within(some, 100), 7) << "what was only searched is not found";
}

/// Searched up to 2, four times the radius.
TEST(Challenge, CountsWhatWasNotSearchedSoFar) {
  const auto some = images(10, 2, 5);
  EXPECT_EQ(unsearched_within(some, 1), 0);
  EXPECT_EQ(unsearched_within(some, 4), 0);
  EXPECT_EQ(unsearched_within(some, 5), 3) << "seven were changed before";
  std::vector<AttackedImage> shallow = images(3, 1, 0);
  for (AttackedImage& image : shallow) image.attack_radius = 0.2;
  EXPECT_EQ(unsearched_within(shallow, 1), 2);
}

}  // namespace
}  // namespace certify
