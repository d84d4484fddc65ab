#include "core/base/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certify {
namespace {

using testing::ElementsAre;

TEST(Image, InHwcHasAllChannelsOfAPixelSideBySide) {
  EXPECT_THAT(to_hwc({{3, 1, 2}, {1, 2, 3, 4, 5, 6}}), ElementsAre(1, 3, 5, 2, 4, 6));
  EXPECT_THAT(to_hwc({{1, 2, 1}, {7, 8}}), ElementsAre(7, 8));
}

}  // namespace
}  // namespace certify
