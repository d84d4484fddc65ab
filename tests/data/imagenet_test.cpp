#include "data/readers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include "core/base/errors.h"
#include "core/base/files.h"
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
    EXPECT_EQ(list_datasets(folder.path())[4].found_in,
              place.empty() ? folder.path() : folder.path() / place);
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
