#include "data/mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;

constexpr ImageShape kShape{3, 2, 4};

class MaskFile : public testing::Test {
 protected:
  Mask read(const std::string& content, const std::string& name = "face.pgm") {
    return read_mask(folder_.write(name, content), kShape);
  }
  std::string refusal(const std::string& content, const std::string& name = "face.pgm") {
    try {
      read(content, name);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  }
  TemporaryFolder folder_;
};

TEST_F(MaskFile, TakesAllChannelsOfEveryPixelThatIsNotBlack) {
  const Mask mask = read("P2 # grey\n4 2\n255\n0 0 1 0\n255 0 0 0\n");
  EXPECT_EQ(mask.name, "face");
  std::vector<bool> expected(24);
  for (const std::size_t pixel : {2U, 4U}) {
    for (std::size_t c = 0; c < 3; ++c) expected[3 * pixel + c] = true;
  }
  EXPECT_EQ(mask.contains, expected);
  EXPECT_EQ(mask.sha256.size(), 64U);
  const std::string raw("\0\0\x01\0\x7f\0\0\0", 8);
  EXPECT_EQ(read("P5\n4 2\n255\n" + raw).contains, expected);
}

TEST_F(MaskFile, RefusesAnotherShapeAndWhatIsNoMask) {
  EXPECT_THAT(refusal("P2 2 4 1 0 1 0 1 0 1 0 1"),
              HasSubstr("face.pgm: 4 × 2 pixels, the images have 2 × 4"));
  EXPECT_THAT(refusal("P2 4 2 1 0 0 0 0 0 0 0 0"), HasSubstr("all black"));
  EXPECT_THAT(refusal("P2 4 2 1 0 0 1"), HasSubstr("'' is no number"));
  EXPECT_THAT(refusal("P2 4 2 1 0 0 x"), HasSubstr("'x' is no number"));
  EXPECT_THAT(refusal("P2 4 2 65535 1 1 1 1 1 1 1 1"), HasSubstr("65535 greys"));
  EXPECT_THAT(refusal("P5 4 2 255 abc"), HasSubstr("3 pixels, expected 8"));
  EXPECT_THAT(refusal("\x89PNG"), HasSubstr("not a PGM"));
  EXPECT_THAT(refusal(""), HasSubstr("not a PGM"));
  EXPECT_THAT(refusal("P2 4 2 1 1 1 1 1 1 1 1 1", "l1.pgm"), HasSubstr("mask 'l1'"));
  EXPECT_THAT(refusal("P2 4 2 1 1 1 1 1 1 1 1 1", "my face.pgm"), HasSubstr("letters, digits"));
  EXPECT_THROW(read_mask(folder_ / "none.pgm", kShape), DataError);
}

}  // namespace
}  // namespace certify
