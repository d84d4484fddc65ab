#include "data/dataset.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "data/images/rgb_image.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// Its first pixel's red is `mark`.
std::string picture(int mark, int width = 4, int height = 3) {
  RgbImage image = black_image(width, height);
  image.bytes[0] = static_cast<unsigned char>(mark);
  image.bytes[4] = 255;  // green of the second pixel
  return encode_png(image);
}

class ImageFolders : public ::testing::Test {
 protected:
  std::unique_ptr<Dataset> open(DatasetRequest request = {}) {
    request.name = "image-folder";
    request.dir = folder_.path();
    return open_dataset(request);
  }
  /// Red of each image's first pixel, times 255, in order.
  std::vector<int> marks(const Dataset& data) {
    std::vector<int> marks;
    for (std::int64_t i = 0; i < data.size(); ++i) {
      marks.push_back(static_cast<int>(data.at(i).image.pixels[0] * 255.0F + 0.5F));
    }
    return marks;
  }
  std::vector<int> labels(const Dataset& data) {
    std::vector<int> labels;
    for (std::int64_t i = 0; i < data.size(); ++i) labels.push_back(data.at(i).label);
    return labels;
  }

  TemporaryFolder folder_;
};

// torchvision sorts whole paths: "b/a-c" stands before "b/a/z", for '-' < '/'; capitals stand
// first.
TEST_F(ImageFolders, AreSortedAsTorchvisionSorts) {
  folder_.write("b/2.png", picture(1));
  folder_.write("b/10.PNG", picture(2));
  folder_.write("b/a/0.png", picture(3));
  folder_.write("b/a-c/0.png", picture(4));
  folder_.write("b/a/z/0.png", picture(5));
  folder_.write("B/x.jpeg", picture(6));
  folder_.write("a b/.hidden.png", picture(7));
  folder_.write("b/notes.txt", "no image");
  folder_.write("readme.png", "no class");
  const auto data = open();
  EXPECT_THAT(data->info().class_names, ElementsAre("B", "a b", "b"));
  EXPECT_THAT(marks(*data), ElementsAre(6, 7, 2, 1, 3, 4, 5));
  EXPECT_THAT(labels(*data), ElementsAre(0, 1, 2, 2, 2, 2, 2));
}

TEST_F(ImageFolders, FollowLinksToFoldersAndFiles) {
  const TemporaryFolder elsewhere;
  elsewhere.write("deep/1.png", picture(9));
  const fs::path file = elsewhere.write("2.png", picture(8));
  fs::create_directory(folder_.path() / "b");
  fs::create_directory_symlink(elsewhere.path() / "deep", folder_.path() / "a");
  fs::create_symlink(file, folder_.path() / "b" / "3.png");
  EXPECT_THAT(marks(*open()), ElementsAre(9, 8));
}

TEST_F(ImageFolders, HaveTheSizeOfTheirImagesAndTheirBytesAsPixels) {
  folder_.write("a/1.png", picture(51));
  const auto data = open();
  EXPECT_EQ(data->info().shape, (ImageShape{3, 3, 4}));
  const Image image = data->at(0).image;
  EXPECT_EQ(image.pixels[0], 0.2F);       // red plane first
  EXPECT_EQ(image.pixels[12 + 1], 1.0F);  // green of the second pixel
  EXPECT_EQ(image.pixels[1], 0.0F);
}

TEST_F(ImageFolders, OfMixedSizesWantACrop) {
  folder_.write("a/1.png", picture(1));
  folder_.write("a/2.png", picture(2, 6, 3));
  const auto data = open();
  EXPECT_EQ(data->at(0).label, 0);
  EXPECT_THAT([&] { data->at(1); },
              ThrowsMessage<UnreadableImage>(
                  AllOf(HasSubstr("2.png: 3 x 6 pixels, expected 3 x 4 as the first has"),
                        HasSubstr("--resize and --crop"))));
  const auto cropped = open({.crop_height = 2, .crop_width = 5});
  EXPECT_EQ(cropped->at(0).image.shape, (ImageShape{3, 2, 5}));
  EXPECT_EQ(cropped->at(1).image.shape, (ImageShape{3, 2, 5}));
  EXPECT_EQ(open({.resize = 8})->at(1).image.shape, (ImageShape{3, 8, 8}));
  EXPECT_EQ(open({.resize = 8, .crop_height = 2, .crop_width = 3})->info().shape,
            (ImageShape{3, 2, 3}));
}

TEST_F(ImageFolders, WhereManySizesAreMixedAreRefusedAtOnce) {
  for (int i = 0; i < 40; ++i) {
    folder_.write(fmt::format("a/{:02}.png", i), i < 30 ? picture(1) : picture(2, 6, 3));
  }
  EXPECT_NO_THROW(open());
  EXPECT_THAT([&] { open({.refuse_mixed_sizes = true}); },
              ThrowsMessage<DataError>(AllOf(HasSubstr("4 of 16 images that were looked at"),
                                             HasSubstr("--resize and --crop"))));
  EXPECT_EQ(open({.resize = 8})->info().shape, (ImageShape{3, 8, 8}));
}

TEST_F(ImageFolders, LieInTestOrValOrAreTheFolderItself) {
  folder_.write("train/a/1.png", picture(1));
  EXPECT_THAT([&] { open(); }, ThrowsMessage<DataError>(HasSubstr("neither a folder test nor")));
  EXPECT_THAT([] { open_dataset({.name = "image-folder", .dir = "not/there"}); },
              ThrowsMessage<DataError>(HasSubstr("not/there: no such folder, seen from /")));
  folder_.write("val/a/1.png", picture(2));
  EXPECT_THAT(marks(*open()), ElementsAre(2));
  folder_.write("test/a/1.png", picture(3));
  EXPECT_THAT(marks(*open()), ElementsAre(3));
  EXPECT_THAT(marks(*open({.split = "train"})), ElementsAre(1));
  EXPECT_THAT(marks(*open({.split = "val"})), ElementsAre(2));
  EXPECT_THROW(open({.split = "all"}), InputError);
}

TEST_F(ImageFolders, AreNotAnotherFolderWhereValWasTyped) {
  folder_.write("test/a/1.png", picture(3));
  EXPECT_THAT([&] { open({.split = "val"}); },
              ThrowsMessage<DataError>(HasSubstr("val: no such folder")));
}

TEST_F(ImageFolders, TakeLabelsAndNamesFromAClassFile) {
  folder_.write("data/cat/1.png", picture(1));
  folder_.write("data/sea horse/1.png", picture(2));
  const fs::path file =
      folder_.write("classes.txt", "bird\r\nsea horse\n\ncat Felis catus, tabby \ndog\twolf\n");
  const auto data =
      open_dataset({.name = "image-folder", .dir = folder_.path() / "data", .classes = file});
  EXPECT_THAT(data->info().class_names,
              ElementsAre("bird", "sea horse", "Felis catus, tabby", "wolf"));
  EXPECT_THAT(labels(*data), ElementsAre(2, 1));
}

TEST_F(ImageFolders, OutsideTheClassFileAreRefusedByName) {
  folder_.write("data/cat/1.png", picture(1));
  const auto open_with = [&](const std::string& classes) {
    open_dataset({.name = "image-folder",
                  .dir = folder_.path() / "data",
                  .classes = folder_.write("classes.txt", classes)});
  };
  EXPECT_THAT([&] { open_with("dog\nbird\n"); },
              ThrowsMessage<DataError>(AllOf(HasSubstr("data/cat: no class of image-folder (2"),
                                             HasSubstr("--classes FILE"))));
  EXPECT_THAT([&] { open_with("dog\ncat\ndog\n"); },
              ThrowsMessage<DataError>(HasSubstr("classes.txt:3: class dog a second time")));
  EXPECT_THAT([&] { open_with("\n\n"); },
              ThrowsMessage<DataError>(HasSubstr("classes.txt: no classes")));
}

TEST_F(ImageFolders, WithoutClassesOrImagesAreRefused) {
  EXPECT_THAT([&] { open(); }, ThrowsMessage<DataError>(HasSubstr("no class folders")));
  EXPECT_THAT(
      [&] { open_dataset({.name = "image-folder", .split = "train", .dir = folder_.path()}); },
      ThrowsMessage<DataError>(HasSubstr("train: no such folder")));
  folder_.write("a/1.png", picture(1));
  folder_.write("b/readme.txt", "empty");
  EXPECT_THAT([&] { open(); }, ThrowsMessage<DataError>(HasSubstr("b: no image in this class")));
  EXPECT_THROW(open_dataset({.name = "image-folder"}), InputError);
  EXPECT_THROW(open_dataset({.name = "image-folder", .dir = folder_.path() / "none"}), DataError);
}

TEST_F(ImageFolders, HandOverTheLabelOfAnImageThatCannotBeRead) {
  folder_.write("a/1.png", picture(1));
  folder_.write("b/1.jpg", "\xFF\xD8\xFF and then nothing");
  const auto data = open();
  try {
    data->at(1);
    FAIL() << "read";
  } catch (const UnreadableImage& error) {
    EXPECT_EQ(error.index, 1);
    EXPECT_EQ(error.label, 1);
    EXPECT_THAT(error.what(), HasSubstr("b/1.jpg: no readable JPEG"));
  }
}

TEST_F(ImageFolders, TakeTheirSizeFromTheFirstImageThatCanBeRead) {
  folder_.write("a/1.png", "damaged");
  EXPECT_THAT([&] { open(); }, ThrowsMessage<DataError>(HasSubstr("none of 1 images")));
  folder_.write("a/2.png", picture(1));
  EXPECT_EQ(open()->info().shape, (ImageShape{3, 3, 4}));
}

TEST_F(ImageFolders, AFileThatIsGoneIsTheSystemsRefusalNotDamage) {
  const fs::path file = folder_.write("a/1.png", picture(1));
  const auto data = open();
  fs::remove(file);
  EXPECT_THROW(data->at(0), IoError);
}

TEST_F(ImageFolders, HashNamesSizesClassesAndFraming) {
  const std::string one = picture(1), two = picture(2, 9, 7);
  folder_.write("a/1.png", one);
  folder_.write("b/x/2.png", two);
  const auto hash = [&](const DatasetRequest& request) { return open(request)->sha256(); };
  EXPECT_EQ(hash({.resize = 8, .crop_height = 6, .crop_width = 5}),
            sha256_of(fmt::format("image folder 1\nresize 8 crop 6x5\nclass a\nclass b\n"
                                  "image 0 {} a/1.png\nimage 1 {} b/x/2.png\n",
                                  one.size(), two.size())));
  const std::string plain = hash({});
  EXPECT_EQ(plain, sha256_of(fmt::format("image folder 1\nresize 0 size 3x4\nclass a\nclass b\n"
                                         "image 0 {} a/1.png\nimage 1 {} b/x/2.png\n",
                                         one.size(), two.size())));
  folder_.write("b/x/2.png", two + " ");
  EXPECT_NE(hash({}), plain);
}

TEST(Crop, IsOneSideOrHeightAndWidth) {
  DatasetRequest request;
  set_crop(request, "224");
  EXPECT_EQ(request.crop_height, 224);
  EXPECT_EQ(request.crop_width, 224);
  set_crop(request, "32x48");
  EXPECT_EQ(request.crop_height, 32);
  EXPECT_EQ(request.crop_width, 48);
  for (const char* text : {"", "x", "224x", "x224", "0", "-3", "3x4x5", "70000", "a"}) {
    EXPECT_THROW(set_crop(request, text), InputError) << text;
  }
}

TEST_F(ImageFolders, HiddenFoldersAndFilesThatShiftLabelsAreTold) {
  folder_.write("a/0.png", picture(1));
  folder_.write("b/0.png", picture(2));
  EXPECT_EQ(open()->info().note, "");
  folder_.write("a/._0.png", "macOS");
  EXPECT_THAT(open()->info().note, HasSubstr("1 files begin with ._, as macOS leaves them"));
  folder_.write(".ipynb_checkpoints/0-checkpoint.png", picture(3));
  EXPECT_THAT(open()->info().note,
              AllOf(HasSubstr("the hidden folder .ipynb_checkpoints is a class, as in torchvision"),
                    HasSubstr("; 1 files")));
  EXPECT_EQ(open()->info().class_names.size(), 3U);
  const auto classes = folder_.write("classes.txt", ".ipynb_checkpoints\na\nb\n");
  EXPECT_THAT(open({.classes = classes})->info().note, testing::Not(HasSubstr("hidden")));
}

TEST_F(ImageFolders, ASingleClassIsNamed) {
  folder_.write("images/0.png", picture(1));
  const auto data = open();
  EXPECT_EQ(data->info().note, "there is one class folder only, images");
  EXPECT_THAT([&] { classes_of_network(data->info(), "net.pt", 10); },
              ThrowsMessage<DataError>(HasSubstr("image-folder has 1, images; --classes FILE")));
}

}  // namespace
}  // namespace certify
