#include "data/read_ahead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <thread>

#include "core/base/errors.h"

namespace certify {
namespace {

/// Images of one pixel; counts what is read, and waits where it is told to.
class SlowDataset final : public Dataset {
 public:
  SlowDataset() : Dataset(DatasetInfo{}) {}
  std::int64_t size() const override { return 1000; }
  std::string sha256() const override { return ""; }
  LabeledImage at(std::int64_t index) const override {
    if (index == waits_at) gate.acquire();
    ++read;
    if (index % 10 == 3) throw UnreadableImage(index, 7, "damaged");
    return {index, 0, {{1, 1, 1}, {static_cast<float>(index)}}};
  }

  std::int64_t waits_at = -1;
  mutable std::counting_semaphore<> gate{0};
  mutable std::atomic<int> read{0};
};

std::vector<std::int64_t> indices(std::int64_t count) {
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < count; ++i) out.push_back(2 * i);
  return out;
}

TEST(ReadAhead, KeepsTheOrderHoweverManyItHolds) {
  for (const std::size_t images : {1, 3, 50}) {
    const SlowDataset data;
    ReadAhead ahead(data, indices(40), images);
    for (std::int64_t i = 0; i < 40; ++i) {
      const auto image = ahead.next();
      ASSERT_TRUE(image);
      ASSERT_EQ(image->index, 2 * i);
      ASSERT_EQ(image->image.pixels[0], static_cast<float>(2 * i));
    }
    EXPECT_FALSE(ahead.next());
    EXPECT_FALSE(ahead.next());
    EXPECT_EQ(data.read, 40);
  }
}

TEST(ReadAhead, DeliversAnErrorAtItsImageAndGoesOnBehindIt) {
  const SlowDataset data;
  ReadAhead ahead(data, {1, 3, 4, 13, 5}, 5);
  EXPECT_EQ(ahead.next()->index, 1);
  EXPECT_THROW(ahead.next(), UnreadableImage);
  EXPECT_EQ(ahead.next()->index, 4);
  EXPECT_THROW(ahead.next(), UnreadableImage);
  EXPECT_EQ(ahead.next()->index, 5);
  EXPECT_FALSE(ahead.next());
}

TEST(ReadAhead, HoldsNoMoreImagesThanAllowed) {
  SlowDataset data;
  data.waits_at = 0;
  ReadAhead ahead(data, indices(100), 6);
  // The first image is stuck, so nothing is delivered: the others that may be held are read.
  while (data.read < 5) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(data.read, 5);
  data.gate.release();
  for (int k = 0; k < 100; ++k) {
    try {
      ASSERT_TRUE(ahead.next());
    } catch (const UnreadableImage&) {
    }
    EXPECT_LE(data.read, k + 1 + 6);
  }
}

TEST(ReadAhead, CanBeLeftBeforeTheEnd) {
  const SlowDataset data;
  {
    ReadAhead ahead(data, indices(500), 8);
    EXPECT_EQ(ahead.next()->index, 0);
  }
  EXPECT_LE(data.read, 9);
}

TEST(ReadAhead, OfNothingIsNothing) {
  const SlowDataset data;
  ReadAhead ahead(data, {}, 2);
  EXPECT_FALSE(ahead.next());
  EXPECT_THROW(ReadAhead(data, {}, 0), InputError);
}

}  // namespace
}  // namespace certify
