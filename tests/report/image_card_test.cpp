#include "core/report/figures/image_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"

namespace certify {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

ImageCard card() {
  return {.title = "Image 20 of <shapes>",
          .facts = {"σ = 0.25"},
          .png = "",
          .votes = {{"ring", 75, true}, {"star", 25, false}},
          .n = 100,
          .radii = {{"cohen", "ring", 0.29999}, {"li", "", 0}}};
}

TEST(ImageCard, ShowsVotesAsSharesOfTheSamples) {
  const std::string svg = image_card_svg(card());
  // Bars are 210 px long: 75 % and 25 % of it.
  EXPECT_THAT(svg, AllOf(HasSubstr("width=\"157.5\" height=\"14\" fill=\"#0072b2\""),
                         HasSubstr("width=\"52.5\" height=\"14\" fill=\"#b0b0b0\""),
                         HasSubstr("Votes of 100 noisy samples")));
}

TEST(ImageCard, RoundsRadiiDownAndNamesAbstentions) {
  EXPECT_THAT(image_card_svg(card()),
              AllOf(HasSubstr("0.299 ring"), HasSubstr("abstains"), Not(HasSubstr("0.3 "))));
}

TEST(ImageCard, ARowThatClaimsTooMuchIsOfAnotherColour) {
  ImageCard with = card();
  with.row = {"cohen", "ring", 0.29999};
  EXPECT_THAT(image_card_svg(with),
              AllOf(HasSubstr(">Its row in the run<"), Not(HasSubstr("#d55e00"))));
  with.row = {"cohen", "ring", 0.59998};
  with.row_claims_too_much = true;
  // Of the longest bar's 210 px the radius of the method is half now.
  EXPECT_THAT(image_card_svg(with),
              AllOf(HasSubstr("claims more than its samples give"), HasSubstr("0.599 ring"),
                    HasSubstr("width=\"210.0\" height=\"14\" fill=\"#d55e00\""),
                    HasSubstr("width=\"105.0\" height=\"14\" fill=\"#009e73\"")));
}

TEST(ImageCard, EscapesWhatItIsGiven) {
  EXPECT_THAT(image_card_svg(card()), HasSubstr("Image 20 of &lt;shapes&gt;"));
}

TEST(ImageCard, HoldsThePictureWhereThereIsOne) {
  ImageCard with = card();
  with.png = "Man";
  EXPECT_THAT(image_card_svg(with), HasSubstr("href=\"data:image/png;base64,TWFu\""));
  EXPECT_THAT(image_card_svg(card()), Not(HasSubstr("<image")));
}

TEST(ImageCard, HoldsTheGradientWhereItWasKept) {
  ImageCard with = card();
  with.gradient_png = "Man";
  with.gradient_of = "a <ring>";
  EXPECT_THAT(image_card_svg(with), AllOf(HasSubstr("href=\"data:image/png;base64,TWFu\""),
                                          HasSubstr("Gradient of the vote for a &lt;ring&gt;"),
                                          HasSubstr("light raises it: red, lowers: blue<")));
}

// RFC 4648, section 10.
TEST(PngUri, IsBase64) {
  const std::string start = "data:image/png;base64,";
  EXPECT_EQ(png_uri(""), start);
  EXPECT_EQ(png_uri("f"), start + "Zg==");
  EXPECT_EQ(png_uri("fo"), start + "Zm8=");
  EXPECT_EQ(png_uri("foob"), start + "Zm9vYg==");
  EXPECT_EQ(png_uri("foobar"), start + "Zm9vYmFy");
  EXPECT_EQ(png_uri("\xFF\xFE\xFD"), start + "//79");
}

TEST(ImageCard, WithoutSamplesIsRefused) { EXPECT_THROW(image_card_svg({}), InputError); }

}  // namespace
}  // namespace certify
