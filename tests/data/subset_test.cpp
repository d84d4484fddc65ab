#include "data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"

namespace certify {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::shared_ptr<const Dataset> shapes() { return open_dataset({.name = "shapes"}); }

TEST(Subset, NumbersItsImagesFromZeroAndKeepsTheirIndex) {
  const auto whole = shapes();
  const auto part = subset(whole, {7, 3, 999});
  EXPECT_EQ(part->size(), 3);
  EXPECT_EQ(part->at(0).index, 7);
  EXPECT_EQ(part->at(2).index, 999);
  EXPECT_EQ(part->at(1).image.pixels, whole->at(3).image.pixels);
  EXPECT_EQ(part->at(1).label, whole->at(3).label);
  EXPECT_EQ(part->sha256(), whole->sha256());
  EXPECT_THROW(part->at(3), InputError);
}

TEST(Subset, HasImagesAndOnlyThoseOfTheWhole) {
  EXPECT_THROW(subset(shapes(), {}), InputError);
  EXPECT_THROW(subset(shapes(), {1000}), InputError);
}

TEST(Subset, WhatIsLeftIsEverythingElse) {
  EXPECT_THAT(indices_left({0, 2, 3}, 6), ElementsAre(1, 4, 5));
  EXPECT_THAT(indices_left({}, 2), ElementsAre(0, 1));
  EXPECT_THAT(indices_left({0, 1}, 2), IsEmpty());
}

}  // namespace
}  // namespace certify
