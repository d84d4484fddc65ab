#include "data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "tests/data/listing.h"
#include "tests/support/gzip.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr std::size_t kPixels = 28 * 28;

std::string number(std::size_t value) {
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(value >> shift & 255U);
  return out;
}

/// Pixel p of image i is (3i + p) % 256.
std::string images(std::size_t count) {
  std::string out = number(0x803) + number(count) + number(28) + number(28);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t p = 0; p < kPixels; ++p) out += static_cast<char>((3 * i + p) % 256);
  }
  return out;
}

/// Label i is (i + salt) % 10.
std::string labels(std::size_t count, std::size_t salt = 0) {
  std::string out = number(0x801) + number(count);
  for (std::size_t i = 0; i < count; ++i) out += static_cast<char>((i + salt) % 10);
  return out;
}

std::unique_ptr<Dataset> open_split(const fs::path& dir, const std::string& split = "test",
                                    const std::string& name = "mnist") {
  return open_dataset({.name = name, .split = split, .dir = dir});
}

TEST(Mnist, ReadsPixelsAndLabelsPlainOrPacked) {
  const TemporaryFolder plain, packed;
  plain.write("t10k-images-idx3-ubyte", images(7));
  plain.write("t10k-labels-idx1-ubyte", labels(7, 4));
  packed.write("t10k-images-idx3-ubyte.gz", gzip(images(7)));
  packed.write("t10k-labels-idx1-ubyte.gz", gzip(labels(7, 4)));
  for (const auto* folder : {&plain, &packed}) {
    const auto data = open_split(folder->path());
    EXPECT_EQ(data->size(), 7);
    EXPECT_EQ(data->info().shape, (ImageShape{1, 28, 28}));
    EXPECT_EQ(data->info().class_names.size(), 10U);
    const LabeledImage item = data->at(5);
    EXPECT_EQ(item.index, 5);
    EXPECT_EQ(item.label, 9);
    ASSERT_EQ(item.image.pixels.size(), kPixels);
    EXPECT_EQ(item.image.pixels[0], 15.0F / 255.0F);
    EXPECT_EQ(item.image.pixels[783], static_cast<float>((15 + 783) % 256) / 255.0F);
    EXPECT_THROW(data->at(7), InputError);
    EXPECT_THROW(data->at(-1), InputError);
  }
}

TEST(Mnist, HashIsOfTheUnpackedFilesHoweverTheyAreStored) {
  const TemporaryFolder folder;
  folder.write("t10k-images-idx3-ubyte.gz", gzip(images(3)));
  folder.write("t10k-labels-idx1-ubyte", labels(3));
  EXPECT_EQ(open_split(folder.path())->sha256(), sha256_of(images(3) + labels(3)));
}

TEST(Mnist, SplitsAreFilesOfTheirOwn) {
  const TemporaryFolder folder;
  folder.write("t10k-images-idx3-ubyte", images(2));
  folder.write("t10k-labels-idx1-ubyte", labels(2));
  EXPECT_THAT([&] { open_split(folder.path(), "train"); },
              ThrowsMessage<DataError>(AllOf(HasSubstr("train-images-idx3-ubyte and"),
                                             HasSubstr("there is the split test"))));
  folder.write("train-images-idx3-ubyte", images(4));
  EXPECT_THAT([&] { open_split(folder.path(), "train"); },
              ThrowsMessage<DataError>(HasSubstr("train-labels-idx1-ubyte: missing, and so is")));
  folder.write("train-labels-idx1-ubyte", labels(4));
  EXPECT_EQ(open_split(folder.path(), "train")->size(), 4);
  EXPECT_EQ(open_split(folder.path(), "train")->info().split, "train");
  EXPECT_THROW(open_split(folder.path(), "all"), InputError);
}

TEST(Mnist, FoldersThatTellItFromFashionComeFirst) {
  const TemporaryFolder folder;
  const auto fill = [&](const std::string& where, std::size_t count) {
    folder.write(where + "t10k-images-idx3-ubyte", images(count));
    folder.write(where + "t10k-labels-idx1-ubyte", labels(count));
  };
  fill("", 1);
  EXPECT_EQ(open_split(folder.path(), "test", "fashion-mnist")->size(), 1);
  fill("mnist/", 2);
  fill("FashionMNIST/raw/", 3);
  EXPECT_EQ(open_split(folder.path())->size(), 2);
  const auto fashion = open_split(folder.path(), "test", "fashion-mnist");
  EXPECT_EQ(fashion->size(), 3);
  EXPECT_EQ(fashion->info().name, "fashion-mnist");
  EXPECT_EQ(fashion->info().class_names[9], "Ankle boot");
  EXPECT_EQ(found_of("fashion-mnist", folder.path()),
            folder.path() / "FashionMNIST" / "raw" / "t10k-images-idx3-ubyte");
  EXPECT_EQ(found_of("mnist", folder.path() / "none"), fs::path());
}

TEST(Mnist, WhatDoesNotFitTogetherIsNamed) {
  const TemporaryFolder folder;
  const auto expect_error = [&](const std::string& image_file, const std::string& label_file,
                                const std::string& what) {
    folder.write("t10k-images-idx3-ubyte", image_file);
    folder.write("t10k-labels-idx1-ubyte", label_file);
    EXPECT_THAT([&] { open_split(folder.path()); }, ThrowsMessage<DataError>(HasSubstr(what)));
  };
  expect_error(images(3), labels(4), "t10k-labels-idx1-ubyte: 4 labels, but");
  expect_error(labels(20), images(4), "t10k-images-idx3-ubyte: begins with 00000801");
  expect_error(images(3), labels(2) + "x", "t10k-labels-idx1-ubyte: 11 bytes, expected 10");
  std::string bad = labels(3);
  bad[9] = 10;
  expect_error(images(3), bad, "t10k-labels-idx1-ubyte: record 1: label 10, expected 0 to 9");
  std::string wide =
      number(0x803) + number(1) + number(14) + number(56) + std::string(kPixels, 'x');
  expect_error(wide, labels(1), "images of 14 x 56, expected 28 x 28");
}

TEST(Mnist, NeedsAFolder) {
  EXPECT_THAT([] { open_split(""); },
              ThrowsMessage<InputError>(HasSubstr("mnist is read from files: give --data-dir")));
  const TemporaryFolder folder;
  EXPECT_THAT([&] { open_split(folder.path()); }, ThrowsMessage<DataError>(HasSubstr("MNIST/raw")));
}

}  // namespace
}  // namespace certify
