#include "data/dataset.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/errors.h"
#include "data/images/rgb_image.h"
#include "tests/data/listing.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// 64 × 64, its first pixel's red is `mark`.
std::string picture(int mark) {
  RgbImage image = black_image(64, 64);
  image.bytes[0] = static_cast<unsigned char>(mark);
  return encode_png(image);
}

/// Image k is of class n02 where k is odd.
class TinyImagenet : public ::testing::Test {
 protected:
  TinyImagenet() {
    folder_.write("wnids.txt", "n02\nn01\n");  // not sorted, as the real one is not
    folder_.write("words.txt", "n01\ta fish, Pisces\nn02\ta bird\nn03\tno class here\n");
  }
  void write_unzipped() {
    std::string annotations;
    for (int k = 0; k < 4; ++k) {
      folder_.write(fmt::format("val/images/val_{}.JPEG", k), picture(k + 10));
      annotations += fmt::format("val_{}.JPEG\tn0{}\t0\t0\t63\t63\n", k, 1 + k % 2);
    }
    folder_.write("val/val_annotations.txt", annotations);
  }
  std::unique_ptr<Dataset> open(const std::string& split = "test") {
    return open_dataset({.name = "tinyimagenet", .split = split, .dir = folder_.path()});
  }
  void expect_the_four(const Dataset& data) {
    ASSERT_EQ(data.size(), 4);
    const int marks[] = {10, 12, 11, 13}, labels[] = {0, 0, 1, 1};  // by class, then by name
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(data.at(i).label, labels[i]);
      EXPECT_EQ(data.at(i).image.pixels[0], static_cast<float>(marks[i]) / 255.0F);
    }
    EXPECT_EQ(data.info().shape, (ImageShape{3, 64, 64}));
    EXPECT_THAT(data.info().class_names, testing::ElementsAre("a fish", "a bird"));
  }
  TemporaryFolder folder_;
};

TEST_F(TinyImagenet, UnzippedOrInClassFoldersItIsTheSame) {
  write_unzipped();
  const auto unzipped = open();
  expect_the_four(*unzipped);
  for (const char* inside : {"", "images/"}) {
    fs::remove_all(folder_.path() / "val");
    for (int k = 0; k < 4; ++k) {
      folder_.write(fmt::format("val/n0{}/{}val_{}.JPEG", 1 + k % 2, inside, k), picture(k + 10));
    }
    const auto sorted = open();
    expect_the_four(*sorted);
    EXPECT_EQ(sorted->sha256(), unzipped->sha256());
  }
}

TEST_F(TinyImagenet, TrainingImagesLieInFoldersOfFolders) {
  folder_.write("train/n02/images/n02_0.JPEG", picture(7));
  folder_.write("train/n02/n02_boxes.txt", "n02_0.JPEG\t0\t0\t1\t1\n");
  folder_.write("train/n01/images/n01_0.JPEG", picture(8));
  const auto data = open("train");
  ASSERT_EQ(data->size(), 2);
  EXPECT_EQ(data->at(0).label, 0);
  EXPECT_EQ(data->at(0).image.pixels[0], 8 / 255.0F);
  EXPECT_EQ(found_of("tinyimagenet", folder_.path()), folder_.path() / "train");
}

TEST_F(TinyImagenet, TheFolderTestHasNoLabelsAndThatIsSaid) {
  folder_.write("test/images/test_0.JPEG", picture(1));
  EXPECT_THAT([&] { open(); },
              ThrowsMessage<DataError>(AllOf(
                  HasSubstr("no folder val"),
                  HasSubstr("TinyImageNet's folder test has no labels: the split test is val"))));
}

TEST_F(TinyImagenet, LabelsThatAreMissingOrOfNoClassAreNamed) {
  write_unzipped();
  folder_.write("val/images/val_9.JPEG", picture(1));
  EXPECT_THAT([&] { open(); }, ThrowsMessage<DataError>(AllOf(HasSubstr("val_9.JPEG: no label in"),
                                                              HasSubstr("val_annotations.txt"))));
  folder_.write("val/val_annotations.txt", "val_0.JPEG n01 0 0 63 63\n");
  EXPECT_THAT([&] { open(); },
              ThrowsMessage<DataError>(HasSubstr("val_annotations.txt:1: 1 fields, expected")));
  folder_.write("val/val_annotations.txt", "val_9.JPEG\tn03\t0\n");
  for (int k = 0; k < 4; ++k) fs::remove(folder_ / fmt::format("val/images/val_{}.JPEG", k));
  EXPECT_THAT([&] { open(); },
              ThrowsMessage<DataError>(HasSubstr("val_9.JPEG: its class n03 is none of 2")));
}

// As a script leaves it that was interrupted while it sorted the images.
TEST_F(TinyImagenet, ImagesInBothFormsAreRefusedAndMissingOnesCounted) {
  write_unzipped();
  EXPECT_EQ(open()->info().note, "");
  fs::remove(folder_ / "val/images/val_3.JPEG");
  EXPECT_EQ(open()->info().note, "1 of 4 images of val_annotations.txt are not there");
  folder_.write("val/n02/val_3.JPEG", picture(13));
  EXPECT_THAT([&] { open(); },
              ThrowsMessage<DataError>(HasSubstr("3 images in the folder images and 1 in class")));
  for (int k = 0; k < 3; ++k) fs::remove(folder_ / fmt::format("val/images/val_{}.JPEG", k));
  EXPECT_EQ(open()->size(), 1);  // images/ is left empty
  EXPECT_EQ(open()->info().note, "1 of 2 classes have no folder");
}

TEST_F(TinyImagenet, ImagesOfAnotherSizeAreRefusedUnlessBroughtToOne) {
  write_unzipped();
  folder_.write("val/images/val_0.JPEG", encode_png(black_image(32, 32)));
  EXPECT_THAT([&] { open()->at(0); },
              ThrowsMessage<DataError>(HasSubstr("32 x 32 pixels, expected 64 x 64")));
  const auto resized = open_dataset({.name = "tinyimagenet", .dir = folder_.path(), .resize = 32});
  EXPECT_EQ(resized->at(1).image.shape, (ImageShape{3, 32, 32}));
}

TEST_F(TinyImagenet, AFolderOfImagenetsBesideItIsNoneOfIt) {
  const TemporaryFolder all;
  all.write("val/n01440764/a.JPEG", picture(1));
  EXPECT_EQ(found_of("tinyimagenet", all.path()), fs::path());
  EXPECT_THAT([&] { open_dataset({.name = "tinyimagenet", .dir = all.path()}); },
              ThrowsMessage<DataError>(HasSubstr("no folder val beside wnids.txt")));
}

TEST_F(TinyImagenet, ClassesMayBeInTheOrderOfTheirList) {
  write_unzipped();
  const auto data = open_dataset(
      {.name = "tinyimagenet", .dir = folder_.path(), .classes = folder_.path() / "wnids.txt"});
  EXPECT_EQ(data->at(0).label, 1);  // n01 is the second in it
}

}  // namespace
}  // namespace certify
