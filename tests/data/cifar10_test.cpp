#include "data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

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

constexpr std::size_t kRecord = 3073;  // 1 + 3 * 32 * 32
constexpr std::size_t kFile = 30'730'000;

/// 10,000 records: label i % 10, pixel p of record i is (i + p + salt) % 256.
std::string batch(int salt = 0) {
  std::string bytes(kFile, '\0');
  for (std::size_t i = 0; i < 10'000; ++i) {
    bytes[i * kRecord] = static_cast<char>(i % 10);
    for (std::size_t p = 0; p < kRecord - 1; ++p) {
      bytes[i * kRecord + 1 + p] =
          static_cast<char>((i + p + static_cast<std::size_t>(salt)) % 256);
    }
  }
  return bytes;
}

std::unique_ptr<Dataset> open_test(const fs::path& dir) {
  return open_dataset({.name = "cifar10", .split = "test", .dir = dir});
}

TEST(Cifar10, ReadsLabelsAndPixels) {
  const TemporaryFolder folder;
  folder.write("test_batch.bin", batch());
  const auto data = open_test(folder.path());
  EXPECT_EQ(data->size(), 10'000);
  EXPECT_EQ(data->info().shape, (ImageShape{3, 32, 32}));
  EXPECT_EQ(data->info().class_names.size(), 10U);
  EXPECT_EQ(data->info().class_names[6], "frog");

  const LabeledImage item = data->at(1234);
  EXPECT_EQ(item.index, 1234);
  EXPECT_EQ(item.label, 4);
  ASSERT_EQ(item.image.pixels.size(), 3072U);
  for (std::size_t p : {0U, 1U, 31U, 32U, 1024U, 3071U}) {
    EXPECT_EQ(item.image.pixels[p], static_cast<float>((1234 + p) % 256) / 255.0F) << p;
  }
}

TEST(Cifar10, BytesZeroAnd255AreExactlyZeroAndOne) {
  const TemporaryFolder folder;
  folder.write("test_batch.bin", batch());
  const LabeledImage item = open_test(folder.path())->at(0);
  EXPECT_EQ(item.image.pixels[0], 0.0F);
  EXPECT_EQ(item.image.pixels[255], 1.0F);
}

TEST(Cifar10, IsFoundInsideTheFolderOfTheOfficialArchive) {
  const TemporaryFolder folder;
  folder.write("cifar-10-batches-bin/test_batch.bin", batch());
  EXPECT_EQ(open_test(folder.path())->size(), 10'000);
}

TEST(Cifar10, TrainingSplitIsFiveFilesInOrder) {
  const TemporaryFolder folder;
  std::string all;
  for (int k = 1; k <= 5; ++k) {
    folder.write(fmt::format("data_batch_{}.bin", k), batch(k));
    all += batch(k);
  }
  const auto data = open_dataset({.name = "cifar10", .split = "train", .dir = folder.path()});
  EXPECT_EQ(data->size(), 50'000);
  EXPECT_EQ(data->at(29'999).label, 9);
  EXPECT_EQ(data->at(20'000).image.pixels[0], 3.0F / 255.0F);  // first of data_batch_3, salt 3
  EXPECT_EQ(data->sha256(), sha256_of(all));
}

TEST(Cifar10, HashIsThatOfTheFile) {
  const TemporaryFolder folder;
  const fs::path file = folder.write("test_batch.bin", batch());
  EXPECT_EQ(open_test(folder.path())->sha256(), sha256_of_file(file));
}

TEST(Cifar10, MissingFilesAreNamedWithTheFoldersSearched) {
  const TemporaryFolder folder;
  EXPECT_THAT(
      [&] { open_test(folder.path()); },
      ThrowsMessage<DataError>(AllOf(HasSubstr("test_batch.bin not found, expected 30730000"),
                                     HasSubstr("cifar-10-batches-bin"))));
}

TEST(Cifar10, OneMissingTrainingFileIsNamed) {
  const TemporaryFolder folder;
  for (int k : {1, 2, 4, 5}) folder.write(fmt::format("data_batch_{}.bin", k), batch(k));
  EXPECT_THAT(
      [&] { open_dataset({.name = "cifar10", .split = "train", .dir = folder.path()}); },
      ThrowsMessage<DataError>(HasSubstr("data_batch_3.bin: missing, expected 30730000 bytes")));
}

TEST(Cifar10, FilesOfAnotherSizeAreRefusedWithBothSizes) {
  const TemporaryFolder folder;
  const std::string whole = batch();
  for (const std::size_t size : {std::size_t{0}, kFile - 1, kFile - kRecord}) {
    folder.write("test_batch.bin", whole.substr(0, size));
    EXPECT_THAT([&] { open_test(folder.path()); },
                ThrowsMessage<DataError>(
                    HasSubstr(fmt::format("test_batch.bin: {} bytes, expected 30730000", size))));
  }
  folder.write("test_batch.bin", whole + "x");
  EXPECT_THROW(open_test(folder.path()), DataError);
}

TEST(Cifar10, LabelsAboveNineAreRefusedWithFileAndRecord) {
  const TemporaryFolder folder;
  std::string bytes = batch();
  bytes[7777 * kRecord] = static_cast<char>(200);
  folder.write("test_batch.bin", bytes);
  EXPECT_THAT([&] { open_test(folder.path()); },
              ThrowsMessage<DataError>(AllOf(HasSubstr("test_batch.bin: record 7777: label 200"),
                                             HasSubstr("expected 0 to 9"))));
}

TEST(Cifar10, RefusesImagesOutsideTheSplit) {
  const TemporaryFolder folder;
  folder.write("test_batch.bin", batch());
  const auto data = open_test(folder.path());
  EXPECT_THROW(data->at(-1), InputError);
  EXPECT_THROW(data->at(10'000), InputError);
}

TEST(Cifar10, CanBeReadFromSeveralThreads) {
  const TemporaryFolder folder;
  folder.write("test_batch.bin", batch());
  const auto data = open_test(folder.path());
  std::vector<std::int64_t> wrong(4, 0);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t) {
      threads.emplace_back([&, t] {
        for (std::int64_t i = 0; i < 500; ++i) wrong[t] += data->at(i).label != i % 10;
      });
    }
  }
  EXPECT_EQ(wrong, std::vector<std::int64_t>(4, 0));
}

TEST(WriteCifar10Batches, OfShapesHaveItsHash) {
  const TemporaryFolder folder;
  const auto shapes = open_dataset({.name = "shapes", .split = "test"});
  const auto files = write_cifar10_batches(*shapes, folder.path() / "new" / "folder");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].filename(), "test_batch.bin");
  EXPECT_EQ(sha256_of_file(files[0]), shapes->sha256());
}

TEST(WriteCifar10Batches, AFullBatchIsReadBackByteForByte) {
  const TemporaryFolder folder;
  const fs::path original = folder.write("in/test_batch.bin", batch());
  const auto files = write_cifar10_batches(*open_test(folder.path() / "in"), folder.path() / "out");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(sha256_of_file(files[0]), sha256_of_file(original));
  EXPECT_EQ(open_test(folder.path() / "out")->size(), 10'000);
  EXPECT_THAT(read_file(folder.path() / "out" / "batches.meta.txt"),
              HasSubstr("horse\nship\ntruck\n"));
}

TEST(WriteCifar10Batches, SplitsALongSetIntoFilesOf10000) {
  const TemporaryFolder folder;
  for (int k = 1; k <= 5; ++k) folder.write(fmt::format("data_batch_{}.bin", k), batch(k));
  const auto train = open_dataset({.name = "cifar10", .split = "train", .dir = folder.path()});
  const auto files = write_cifar10_batches(*train, folder.path() / "out");
  ASSERT_EQ(files.size(), 5U);
  EXPECT_EQ(files[4].filename(), "data_batch_5.bin");
  EXPECT_EQ(sha256_of_file(files[4]), sha256_of_file(folder.path() / "data_batch_5.bin"));
}

TEST(WriteCifar10Batches, AnUnwritableFolderIsAnIoError) {
  const TemporaryFolder folder;
  folder.write("file", "in the way");
  const auto shapes = open_dataset({.name = "shapes", .split = "test"});
  EXPECT_THROW(write_cifar10_batches(*shapes, folder.path() / "file" / "sub"), IoError);
}

// The 10,000 real images that developers of this project keep beside the checkout.
TEST(Cifar10, ReadsTheRealTestBatch) {
  const fs::path dir = fs::path(CERTIFY_SOURCE_DIR) / ".." / "shared" / "data" / "cifar10";
  if (!fs::exists(dir / "test_batch.bin")) GTEST_SKIP() << "no " << dir;
  const auto data = open_test(dir);
  std::vector<int> per_class(10, 0);
  for (std::int64_t i = 0; i < data->size(); ++i) {
    ++per_class[static_cast<std::size_t>(data->at(i).label)];
  }
  EXPECT_EQ(per_class, std::vector<int>(10, 1000));  // CIFAR-10's test set is balanced
}

}  // namespace
}  // namespace certify
