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
#include "tests/data/listing.h"
#include "tests/data/packed/archive_writer.h"
#include "tests/support/gzip.h"
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

/// The same images in each form, 10,000 a file.
std::string pickled(const std::string& records) {
  std::vector<int> labels;
  std::string pixels;
  for (std::size_t i = 0; i < records.size() / kRecord; ++i) {
    labels.push_back(static_cast<unsigned char>(records[i * kRecord]));
    pixels += records.substr(i * kRecord + 1, kRecord - 1);
  }
  return Python2Pickle()
      .key("batch_label")
      .text("testing batch 1 of 1")
      .key("labels")
      .numbers(labels)
      .key("data")
      .array(static_cast<std::int64_t>(labels.size()), 3072, pixels)
      .dictionary();
}

TEST(Cifar10, EveryFormGivesTheSameImagesAndTheSameHash) {
  const std::string records = batch();
  const TemporaryFolder plain, pickles, packed, packed_records;
  plain.write("test_batch.bin", records);
  pickles.write("cifar-10-batches-py/test_batch", pickled(records));
  packed.write("cifar-10-python.tar.gz",
               gzip(tar("cifar-10-batches-py",
                        {{"readme.html", "<html>"}, {"test_batch", pickled(records)}})));
  packed_records.write("cifar-10-binary.tar.gz",
                       gzip(tar("cifar-10-batches-bin", {{"test_batch.bin", records}})));
  for (const TemporaryFolder* folder : {&plain, &pickles, &packed, &packed_records}) {
    const auto data = open_test(folder->path());
    EXPECT_EQ(data->size(), 10'000);
    EXPECT_EQ(data->sha256(), sha256_of(records));
    for (const std::int64_t i : {0, 1234, 9999}) {
      EXPECT_EQ(data->at(i).label, i % 10);
      for (std::size_t p : {0U, 1U, 1024U, 3071U}) {
        ASSERT_EQ(data->at(i).image.pixels[p],
                  static_cast<float>((static_cast<std::size_t>(i) + p) % 256) / 255.0F);
      }
    }
  }
  EXPECT_EQ(found_of("cifar10", packed.path()), packed / "cifar-10-python.tar.gz");
  EXPECT_EQ(found_of("cifar10", pickles.path()), pickles / "cifar-10-batches-py/test_batch");
}

TEST(Cifar10, DamagedPicklesAndArchivesAreNamed) {
  const auto refused = [](const std::string& file, const std::string& content,
                          const std::string& what) {
    const TemporaryFolder folder;
    folder.write(file, content);
    EXPECT_THAT([&] { open_test(folder.path()); },
                ThrowsMessage<DataError>(AllOf(HasSubstr(file), HasSubstr(what))));
  };
  refused("test_batch", "\x80\x02}q\x01.", "its dictionary has no 'data'");
  refused("test_batch", "", "ends too early");
  refused("test_batch", pickled(batch().substr(0, 27 * kRecord)),
          "'data' of shape (27, 3072), expected (10000, 3072)");
  std::string wrong = batch();
  wrong[7777 * kRecord] = 11;
  refused("test_batch", pickled(wrong), "record 7777: label 11, expected 0 to 9");
  refused("cifar-10-python.tar.gz", "\x1f\x8b", "cut short");
  refused("cifar-10-python.tar.gz", gzip(tar("a", {{"test_batch", "x"}, {"b/test_batch", "x"}})),
          "test_batch: in the archive twice");
  const std::string archive = gzip(tar("cifar-10-batches-py", {{"data_batch_1", "x"}}));
  refused("cifar-10-python.tar.gz", archive, "test_batch: missing in the archive");
  refused("cifar-10-python.tar.gz", archive.substr(0, archive.size() - 9), "cut short");
  refused("cifar-10-binary.tar.gz", gzip("no tar"), "cut short: the tar archive ends at byte 6");
  refused("cifar-10-binary.tar.gz",
          gzip(tar("cifar-10-batches-bin", {{"test_batch.bin", std::string(100, 'x')}})),
          "test_batch.bin: 100 bytes, expected 30730000");
  refused("test_batch.bin", std::string(30'740'000, '\0'), "--dataset cifar100");
}

/// Label i % 100, and i / 7 % 20 for the coarse one.
TEST(Cifar100, HasFineLabelsAndCoarseOnesInEveryForm) {
  std::string records, fine, coarse, pixels;
  std::vector<int> fine_labels, coarse_labels;
  for (std::size_t i = 0; i < 10'000; ++i) {
    fine_labels.push_back(static_cast<int>(i % 100));
    coarse_labels.push_back(static_cast<int>(i / 7 % 20));
    const std::string image(3072, static_cast<char>(i % 256));
    pixels += image;
    fine += static_cast<char>(fine_labels.back()) + image;
    coarse += static_cast<char>(coarse_labels.back()) + image;
    records += static_cast<char>(coarse_labels.back());
    records += static_cast<char>(fine_labels.back());
    records += image;
  }
  const TemporaryFolder plain, pickles, packed;
  plain.write("cifar-100-binary/test.bin", records);
  const std::string batch = Python2Pickle()
                                .key("fine_labels")
                                .numbers(fine_labels)
                                .key("coarse_labels")
                                .numbers(coarse_labels)
                                .key("data")
                                .array(10'000, 3072, pixels)
                                .dictionary();
  pickles.write("cifar-100-python/test", batch);
  packed.write("cifar-100-python.tar.gz", gzip(tar("cifar-100-python", {{"test", batch}})));
  for (const TemporaryFolder* folder : {&plain, &pickles, &packed}) {
    const auto data = open_dataset({.name = "cifar100", .dir = folder->path()});
    EXPECT_EQ(data->info().class_names.size(), 100U);
    EXPECT_EQ(data->info().class_names[99], "worm");
    EXPECT_EQ(data->at(9998).label, 98);
    EXPECT_EQ(data->at(9998).image.pixels[3071], static_cast<float>(9998 % 256) / 255.0F);
    EXPECT_EQ(data->sha256(), sha256_of(fine));
    const auto broad =
        open_dataset({.name = "cifar100", .dir = folder->path(), .labels = "coarse"});
    EXPECT_EQ(broad->info().class_names.size(), 20U);
    EXPECT_EQ(broad->info().class_names[19], "vehicles_2");
    EXPECT_EQ(broad->at(9998).label, 9998 / 7 % 20);
    EXPECT_EQ(broad->sha256(), sha256_of(coarse));  // other labels, so another data set
  }
  EXPECT_THAT(
      [&] { open_dataset({.name = "cifar100", .dir = plain.path(), .labels = "rough"}); },
      ThrowsMessage<InputError>(HasSubstr("--labels rough: cifar100 has the labels fine and")));
}

TEST(Cifar100, FilesOfAnotherSizeAreRefused) {
  const TemporaryFolder folder;
  folder.write("cifar-100-binary/test.bin", std::string(50 * 3074, '\0'));
  EXPECT_THAT([&] { open_dataset({.name = "cifar100", .dir = folder.path()}); },
              ThrowsMessage<DataError>(HasSubstr("test.bin: 153700 bytes, expected 30740000")));
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
