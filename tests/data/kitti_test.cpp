#include "data/readers.h"

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
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

std::string object(const std::string& type) {
  return type + " 0.00 0 -1.58 587.01 173.33 614.12 200.12 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59\n";
}
const std::string kNoObject = object("DontCare");

/// 40 × 12 pixels of one grey.
std::string picture(unsigned char grey) {
  RgbImage image = black_image(40, 12);
  for (unsigned char& byte : image.bytes) byte = grey;
  return encode_png(image);
}

class Kitti : public ::testing::Test {
 protected:
  void add(const std::string& name, unsigned char grey, const std::string& label_file) {
    folder_.write("training/image_2/" + name + ".png", picture(grey));
    folder_.write("training/label_2/" + name + ".txt", label_file);
  }
  std::unique_ptr<Dataset> open(const std::string& split = "train") {
    return open_dataset({.name = "kitti", .split = split, .dir = folder_.path()});
  }
  TemporaryFolder folder_;
};

TEST(KittiLabels, MajorityOfTheObjectsWins) {
  EXPECT_EQ(majority_class(object("Car")), 0);
  EXPECT_EQ(majority_class(object("Car") + object("Cyclist") + object("Cyclist")), 5);
  EXPECT_EQ(majority_class(kNoObject + kNoObject + object("Misc") + kNoObject), 7);
}

TEST(KittiLabels, OfEquallyManyTheFirstInTheFileWins) {
  EXPECT_EQ(majority_class(object("Van") + object("Car")), 1);
  EXPECT_EQ(majority_class(object("Tram") + object("Car") + object("Car") + object("Tram")), 6);
}

TEST(KittiLabels, NothingWhereNoObjectHasAClass) {
  EXPECT_EQ(majority_class(""), std::nullopt);
  EXPECT_EQ(majority_class(kNoObject + "\n" + kNoObject), std::nullopt);
}

TEST(KittiLabels, UnknownTypesAndShortLinesAreNamed) {
  EXPECT_THAT([] { majority_class(object("Car") + object("Bicycle")); },
              ThrowsMessage<DataError>(HasSubstr("2: unknown type of object 'Bicycle'")));
  EXPECT_THAT([] { majority_class("Car 0.00 0\n"); },
              ThrowsMessage<DataError>(HasSubstr("1: 3 fields, expected 15")));
}

TEST_F(Kitti, ReadsImagesByNameBroughtToASquare) {
  add("000001", 200, object("Pedestrian"));
  add("000000", 100, object("Car") + kNoObject);
  const auto data = open();
  EXPECT_EQ(data->size(), 2);
  EXPECT_EQ(data->info().shape, (ImageShape{3, 224, 224}));
  EXPECT_THAT(data->info().note, IsEmpty());
  const LabeledImage second = data->at(1);
  EXPECT_EQ(second.label, 3);
  ASSERT_EQ(second.image.pixels.size(), 3U * 224 * 224);
  EXPECT_THAT(second.image.pixels, ::testing::Each(200.0F / 255.0F));
  EXPECT_EQ(data->at(0).label, 0);
}

TEST_F(Kitti, ImagesWithoutAClassAreLeftOutAndCounted) {
  add("000000", 1, kNoObject);
  add("000001", 2, object("Van"));
  add("000002", 3, "");
  const auto data = open();
  EXPECT_EQ(data->size(), 1);
  EXPECT_EQ(data->at(0).image.pixels[0], 2.0F / 255.0F);
  EXPECT_EQ(data->info().note, "2 of 3 images show no object of a class and are left out");
}

TEST_F(Kitti, WithoutAnyClassThereIsNoDataSet) {
  add("000000", 1, kNoObject);
  EXPECT_THAT([&] { open(); },
              ThrowsMessage<DataError>(HasSubstr("image_2: none of 1 images shows an object")));
}

TEST_F(Kitti, DamageIsNamedWithFileAndLine) {
  add("000000", 1, object("Car") + object("Unicorn"));
  EXPECT_THAT([&] { open(); },
              ThrowsMessage<DataError>(HasSubstr("label_2/000000.txt:2: unknown")));
  add("000000", 1, object("Car"));
  folder_.write("training/image_2/000001.png", "no picture");
  EXPECT_THAT([&] { open(); },
              ThrowsMessage<DataError>(HasSubstr("000001.txt: missing: its image has no label")));
  folder_.write("training/label_2/000001.txt", object("Tram"));
  const auto data = open();
  EXPECT_THAT([&] { data->at(1); }, ThrowsMessage<UnreadableImage>(HasSubstr("000001.png")));
}

TEST_F(Kitti, HashFollowsNamesLabelsAndSizes) {
  add("000000", 1, object("Car"));
  const std::string before = open()->sha256();
  EXPECT_EQ(open()->sha256(), before);
  add("000000", 1, object("Van"));
  EXPECT_NE(open()->sha256(), before);
}

TEST_F(Kitti, SaysThatThereAreNoLabelsForTesting) {
  add("000000", 1, object("Car"));
  folder_.write("testing/image_2/000000.png", picture(3));
  EXPECT_THAT([&] { open("test"); },
              ThrowsMessage<DataError>(
                  AllOf(HasSubstr("no testing/label_2"), HasSubstr("give --split train"))));
  folder_.write("testing/label_2/000000.txt", object("Truck"));
  EXPECT_EQ(open("test")->at(0).label, 2);
}

TEST_F(Kitti, NeedsAFolderWithImages) {
  EXPECT_THAT([&] { open(); }, ThrowsMessage<DataError>(HasSubstr("image_2: no such folder")));
  EXPECT_THROW(open_dataset({.name = "kitti", .split = "train"}), InputError);
  EXPECT_EQ(found_of("kitti", folder_.path()), fs::path());
  add("000000", 1, object("Car"));
  EXPECT_EQ(found_of("kitti", folder_.path()), folder_.path() / "training" / "image_2");
}

}  // namespace
}  // namespace certify
