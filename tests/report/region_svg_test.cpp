#include "core/report/figures/region_svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

RegionPicture example() {
  return {"image 3", {{0, 0.8}, {1.5707963267948966, 0.4}, {3.141592653589793, 0.25}}, 0.2, 2.5};
}

TEST(RegionSvg, DrawsTheBoundaryOnBothSidesOfTheGradientAroundTheBall) {
  const std::string svg = region_svg(example());
  // 0.8 · 1.08 is half the picture: 240 px.
  EXPECT_THAT(svg, HasSubstr("M462.2 288.0L240.0 176.9L170.6 288.0L170.6 288.0L240.0 399.1"));
  EXPECT_THAT(svg, AllOf(HasSubstr("r=\"55.6\""), HasSubstr("largest radius shown 0.8"),
                         Not(HasSubstr("followed up to"))));
}

TEST(RegionSvg, CutsOffWhatGoesOnWithoutEndAndSaysSo) {
  RegionPicture endless = example();
  endless.boundary[0].radius = 2.5;
  EXPECT_THAT(region_svg(endless),
              AllOf(HasSubstr("followed up to 2.5"), HasSubstr("largest radius shown 0.8")));
}

TEST(RegionSvg, RefusesWhatCannotBeDrawnAndEscapesTheTitle) {
  RegionPicture picture = example();
  picture.title = "a<b";
  EXPECT_THAT(region_svg(picture), AllOf(HasSubstr("a&lt;b"), Not(HasSubstr("a<b"))));
  picture.boundary.resize(1);
  EXPECT_THROW(region_svg(picture), InputError);
  picture = example();
  picture.ball = 0;
  EXPECT_THROW(region_svg(picture), InputError);
}

}  // namespace
}  // namespace certify
