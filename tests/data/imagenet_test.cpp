#include "data/readers.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "tests/data/listing.h"
#include "tests/support/source_dir.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::string picture() {
  return read_file(fs::path(CERTIFY_SOURCE_DIR) / "tests/data/images/fixtures/colour_420.jpg");
}

TEST(Imagenet, ClassesAreSortedByFolderAndNamedApart) {
  const auto& classes = imagenet_classes();
  ASSERT_EQ(classes.size(), 1000U);
  std::vector<std::string> names;
  for (const FolderClass& c : classes) names.push_back(c.name);
  EXPECT_TRUE(std::is_sorted(classes.begin(), classes.end(),
                             [](const auto& a, const auto& b) { return a.folder < b.folder; }));
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  // The labels everybody knows.
  EXPECT_EQ(classes[0].name, "tench");
  EXPECT_EQ(classes[207].name, "golden retriever");
  EXPECT_EQ(classes[281].name, "tabby");
  EXPECT_EQ(classes[999].name, "toilet tissue");
}

TEST(Imagenet, LabelsImagesByTheThousandClassesThoughFewHaveAFolder) {
  const TemporaryFolder folder;
  folder.write("val/n15075141/a.JPEG", picture());
  folder.write("val/n02099601/b.JPEG", picture());
  const auto data = open_dataset({.name = "imagenet", .dir = folder.path()});
  EXPECT_EQ(data->info().class_names.size(), 1000U);
  EXPECT_EQ(data->info().shape, (ImageShape{3, 224, 224}));
  EXPECT_EQ(data->at(0).label, 207);
  EXPECT_EQ(data->at(1).label, 999);
  EXPECT_EQ(data->at(1).image.shape, (ImageShape{3, 224, 224}));
}

TEST(Imagenet, IsFoundInValOrBelowImagenetOrAsTheFolderItself) {
  for (const fs::path place : {"val", "imagenet/val", ""}) {
    const TemporaryFolder folder;
    folder.write(place / "n01440764/a.JPEG", picture());
    EXPECT_EQ(open_dataset({.name = "imagenet", .dir = folder.path()})->size(), 1) << place;
    EXPECT_EQ(open_dataset({.name = "imagenet", .split = "val", .dir = folder.path()})->size(), 1);
    EXPECT_EQ(found_of("imagenet", folder.path()), folder.path() / place / "n01440764");
  }
}

TEST(Imagenet, TrainingImagesLieInTrain) {
  const TemporaryFolder folder;
  folder.write("val/n01440764/a.JPEG", picture());
  const DatasetRequest request{.name = "imagenet", .split = "train", .dir = folder.path()};
  EXPECT_THAT([&] { open_dataset(request); },
              ThrowsMessage<DataError>(HasSubstr("train: no such folder")));
  folder.write("train/n01440764/a.JPEG", picture());
  folder.write("train/n01440764/b.JPEG", picture());
  EXPECT_EQ(open_dataset(request)->size(), 2);
}

TEST(Imagenet, AFolderThatIsNotImagenetIsRefusedByTheFolderThatTells) {
  const TemporaryFolder folder;
  folder.write("val/n01440764/a.JPEG", picture());
  folder.write("val/holidays/a.JPEG", picture());
  EXPECT_THAT(
      [&] { open_dataset({.name = "imagenet", .dir = folder.path()}); },
      ThrowsMessage<DataError>(AllOf(HasSubstr("val/holidays: no class of imagenet (1000 classes)"),
                                     HasSubstr("--classes"))));
  EXPECT_THROW(open_dataset({.name = "imagenet"}), InputError);
  EXPECT_THROW(open_dataset({.name = "imagenet", .split = "all", .dir = folder.path()}),
               InputError);
}

TEST(Imagenet, OtherClassesAndAnotherOrderComeFromAFile) {
  const TemporaryFolder folder;
  folder.write("val/n01440764/a.JPEG", picture());
  folder.write("val/mine/a.JPEG", picture());
  const auto classes = folder.write("classes.txt", "mine\nn01440764 a fish\n");
  const auto data = open_dataset({.name = "imagenet",
                                  .dir = folder.path(),
                                  .classes = classes,
                                  .resize = 20,
                                  .crop_height = 16,
                                  .crop_width = 16});
  EXPECT_EQ(data->info().class_names[1], "a fish");
  EXPECT_EQ(data->at(0).label, 0);
  EXPECT_EQ(data->at(0).image.shape, (ImageShape{3, 16, 16}));
}

TEST(Imagenet, IsLookedForWhereImagenetDirSays) {
  ::setenv("CERTIFY_DATA", "/all", 1);
  ::unsetenv("IMAGENET_DIR");
  EXPECT_EQ(data_folder("imagenet", ""), "/all");
  ::setenv("IMAGENET_DIR", "/imagenet", 1);
  EXPECT_EQ(data_folder("imagenet", ""), "/imagenet");
  EXPECT_EQ(data_folder("imagenet", "/typed"), "/typed");
  EXPECT_EQ(data_folder("cifar10", ""), "/all");
  ::unsetenv("CERTIFY_DATA");
  ::unsetenv("IMAGENET_DIR");
  EXPECT_EQ(data_folder("cifar10", ""), "");
}

/// The devkit's file has a line an image of val. @param rest  what the later lines are
std::string all_of_val(const std::string& first, int lines, const std::string& rest) {
  std::string all = first;
  for (int i = lines; i < 50'000; ++i) all += rest + "\n";
  return all;
}

class FlatImagenet : public ::testing::Test {
 protected:
  /// Three images without folders; the labels of the real ones.
  FlatImagenet() {
    for (const int k : {1, 2, 3}) {
      folder_.write(fmt::format("val/ILSVRC2012_val_0000000{}.JPEG", k), picture());
    }
  }
  std::unique_ptr<Dataset> open(const std::string& labels) {
    return open_dataset({.name = "imagenet",
                         .dir = folder_.path(),
                         .labels_file = folder_.write("labels", labels)});
  }
  std::string refusal(const std::string& labels) {
    try {
      open(labels);
      return "none";
    } catch (const DataError& error) {
      return error.what();
    }
  }
  TemporaryFolder folder_;
};

/// The first three labels in the devkit's file, in Caffe's val.txt and in Kaggle's table.
TEST_F(FlatImagenet, LabelsComeFromTheDevkitFromCaffeOrFromKaggle) {
  const TemporaryFolder sorted;  // the same images in class folders
  sorted.write("val/n01751748/ILSVRC2012_val_00000001.JPEG", picture());
  sorted.write("val/n09193705/ILSVRC2012_val_00000002.JPEG", picture());
  sorted.write("val/n02105855/ILSVRC2012_val_00000003.JPEG", picture());
  const auto expected = open_dataset({.name = "imagenet", .dir = sorted.path()});
  for (const std::string& labels : std::vector<std::string>{
           all_of_val("490\n361\n171\n", 3, "1"),
           all_of_val("\xEF\xBB\xBFn01751748\nn09193705\nn02105855\n", 3, "n01440764"),
           "ILSVRC2012_val_00000001.JPEG 65\nILSVRC2012_val_00000003.JPEG 230\r\n\n"
           "ILSVRC2012_val_00000002.JPEG 970\n",
           "val/ILSVRC2012_val_00000001.JPEG n01751748\nval/ILSVRC2012_val_00000002.JPEG\t970\n"
           "ILSVRC2012_val_00000003 230\n",
           "ImageId,PredictionString\nILSVRC2012_val_00000002,n09193705 1 2 3 4 n09193705 5 6 7 8 "
           "\n"
           "ILSVRC2012_val_00000001,n01751748 111 108 365 389 "
           "\nILSVRC2012_val_00000003,n02105855\n"}) {
    const auto data = open(labels);
    ASSERT_EQ(data->size(), 3) << labels.substr(0, 100);
    EXPECT_EQ(data->at(0).label, 65);  // sorted by class, as in class folders
    EXPECT_EQ(data->at(1).label, 230);
    EXPECT_EQ(data->at(2).label, 970);
    EXPECT_EQ(data->sha256(), expected->sha256());
  }
}

TEST_F(FlatImagenet, LabelsThatDoNotFitAreRefusedWithTheirPlace) {
  EXPECT_THAT(
      refusal("ILSVRC2012_val_00000001 65\nILSVRC2012_val_00000002 970\n"),
      AllOf(HasSubstr("ILSVRC2012_val_00000003.JPEG: no label in"), HasSubstr("which has 2")));
  EXPECT_THAT(refusal("490\n361\n171\n"),
              AllOf(HasSubstr("3 labels without a name, expected 50000"), HasSubstr("NAME LABEL")));
  EXPECT_THAT(refusal("n01751748\n361\n"), HasSubstr("labels:2: '361', expected an identifier"));
  EXPECT_THAT(refusal("490\n0\n171\n"), HasSubstr("labels:2: '0', expected 1 to 1000"));
  EXPECT_THAT(refusal("490\n1001\n171\n"), HasSubstr("labels:2: '1001'"));
  EXPECT_THAT(refusal("490\nn00000001\n171\n"), HasSubstr("labels:2: 'n00000001'"));
  EXPECT_THAT(refusal("a.JPEG 65\nb.JPEG 1000\n"),
              HasSubstr("labels:2: label '1000', expected 0 to 999, or a WordNet"));
  EXPECT_THAT(refusal("a.JPEG 65\na.JPEG 65\n"), HasSubstr("labels:2: a a second time"));
  EXPECT_THAT(refusal("ImageId,PredictionString\na n01751748\n"), HasSubstr("expected NAME,WNID"));
  EXPECT_THAT(refusal("ImageId,PredictionString\na,65\n"),
              HasSubstr("label '65', expected a WordNet"));
  EXPECT_THAT(refusal("ImageId,PredictionString\na,\n"), HasSubstr("labels:2: label ''"));
  EXPECT_THAT(refusal("a ,\n"), HasSubstr("labels:1: label ''"));
  EXPECT_THAT(refusal("490\na.JPEG 65\n"),
              HasSubstr("labels:2: a label with a name, but the lines before have none"));
  EXPECT_THAT(refusal("a.JPEG 65\n490\n"), HasSubstr("a label without a name"));
  EXPECT_THAT(refusal(""), HasSubstr("no labels"));
}

TEST_F(FlatImagenet, LabelsOfImagesThatAreNotThereAreCounted) {
  const std::string three =
      "ILSVRC2012_val_00000001 65\nILSVRC2012_val_00000002 970\nILSVRC2012_val_00000003 230\n";
  EXPECT_EQ(open(three)->info().note, "");
  EXPECT_EQ(open(three + "a 1\nb 2\n")->info().note,
            "2 of 5 labels are of images that are not there");
}

TEST_F(FlatImagenet, WithoutLabelsTheOptionIsNamed) {
  EXPECT_THAT([&] { open_dataset({.name = "imagenet", .dir = folder_.path()}); },
              ThrowsMessage<DataError>(
                  AllOf(HasSubstr("images without class folders"), HasSubstr("--labels-file"))));
  EXPECT_EQ(found_of("imagenet", folder_.path()),
            folder_.path() / "val" / "ILSVRC2012_val_00000001.JPEG");
  EXPECT_THROW(check_request({.name = "cifar10", .labels_file = "x"}), InputError);
  EXPECT_THROW(check_request({.name = "arrays", .images = "x.npz", .labels_file = "x"}),
               InputError);
}

// The 46 real images that developers of this project keep beside the checkout.
TEST(Imagenet, ReadsTheRealSample) {
  const fs::path dir = fs::path(CERTIFY_SOURCE_DIR) / ".." / "shared" / "data" / "imagenet-sample";
  if (!fs::exists(dir / "val")) GTEST_SKIP() << "no " << dir;
  const auto data = open_dataset({.name = "imagenet", .dir = dir});
  ASSERT_EQ(data->size(), 46);
  for (std::int64_t i = 1; i < data->size(); ++i) {
    EXPECT_LT(data->at(i - 1).label, data->at(i).label);  // one of a class
  }
}

}  // namespace
}  // namespace certify
