#include "data/dataset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include "core/base/errors.h"
#include "core/base/files.h"

namespace certify {
namespace {

std::unique_ptr<Dataset> shapes(const std::string& split) {
  return open_dataset({.name = "shapes", .split = split});
}

// Golden values: made by this program, on x86-64 with GCC 12. They must never change without new
// shipped models (shipped_models_test.cpp), for certificates name the data by this hash.
TEST(Shapes, HasTheSameBytesEverywhere) {
  EXPECT_EQ(shapes("test")->sha256(),
            "14fc82d71f5814067c5982bfeba587a764223455a1b6a954dbc5097df3594465");
  EXPECT_EQ(shapes("train")->sha256(),
            "8cca7ca9c663f8d6dfa3513dc2b7208966a4b2d764de8f50028f49d6e727a112");
}

TEST(Shapes, HasTenClassesOf32By32Colour) {
  const auto test = shapes("test");
  EXPECT_EQ(test->size(), 1'000);
  EXPECT_EQ(shapes("train")->size(), 10'000);
  EXPECT_EQ(test->info().shape, (ImageShape{3, 32, 32}));
  EXPECT_EQ(test->info().class_names.size(), 10U);
  EXPECT_EQ(test->info().split, "test");
}

TEST(Shapes, EveryTenImagesCarryTheTenLabelsInAnOrderOfTheirOwn) {
  const auto test = shapes("test");
  std::set<std::vector<int>> orders;
  for (std::int64_t start = 0; start < test->size(); start += 10) {
    std::vector<int> order;
    for (std::int64_t i = start; i < start + 10; ++i) order.push_back(test->at(i).label);
    EXPECT_EQ(std::set<int>(order.begin(), order.end()).size(), 10U) << start;
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 100U);
}

TEST(Shapes, PixelsLieInTheUnitInterval) {
  const auto test = shapes("test");
  for (std::int64_t i = 0; i < 100; ++i) {
    const LabeledImage item = test->at(i);
    ASSERT_EQ(item.image.pixels.size(), 3072U);
    const auto [low, high] =
        std::minmax_element(item.image.pixels.begin(), item.image.pixels.end());
    EXPECT_GE(*low, 0.0F);
    EXPECT_LE(*high, 1.0F);
    EXPECT_GT(*high - *low, 0.1F) << "no figure on image " << i;
  }
}

TEST(Shapes, NoImageIsInBothSplits) {
  std::set<std::vector<float>> test_images;
  for (std::int64_t i = 0; i < 1'000; ++i) test_images.insert(shapes("test")->at(i).image.pixels);
  EXPECT_EQ(test_images.size(), 1'000U);
  const auto train = shapes("train");
  for (std::int64_t i = 0; i < 2'000; ++i) {
    EXPECT_FALSE(test_images.contains(train->at(i).image.pixels)) << i;
  }
}

TEST(Shapes, AreTheSameInAnyOrderAndFromAnyThread) {
  const auto test = shapes("test");
  const LabeledImage alone = test->at(123);
  std::vector<LabeledImage> seen(4);
  {
    std::vector<std::jthread> threads;
    for (LabeledImage& slot : seen) {
      threads.emplace_back([&] {
        for (std::int64_t i : {999, 0, 123}) slot = test->at(i);
      });
    }
  }
  for (const LabeledImage& item : seen) {
    EXPECT_EQ(item.label, alone.label);
    EXPECT_EQ(item.image.pixels, alone.image.pixels);
  }
}

TEST(Shapes, RefusesImagesOutsideTheSplit) {
  EXPECT_THROW(shapes("test")->at(-1), InputError);
  EXPECT_THROW(shapes("test")->at(1'000), InputError);
}

}  // namespace
}  // namespace certify
