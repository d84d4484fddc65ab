#include "data/packed/zip_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/npy.h"
#include "tests/support/zip_writer.h"

namespace certify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::filesystem::path kFixtures = CERTIFY_ARRAY_FIXTURES;

/// Byte k of the images in the fixtures, as NumPy has them: [4,5,6,3].
unsigned char byte_of_fixture(std::size_t k) { return static_cast<unsigned char>(k * 7 % 256); }

TEST(ZipArchive, RecordsThatNumPyWroteAreRead) {
  const std::string bytes = read_file(kFixtures / "stored.npz");
  const ZipArchive file(bytes);
  EXPECT_THAT(file.names(), ElementsAre("x_test.npy", "y_test.npy"));
  const NpyView images = parse_npy(file.record("x_test.npy").bytes);
  EXPECT_EQ(images.type, "|u1");
  EXPECT_THAT(images.shape, ElementsAre(4, 5, 6, 3));
  ASSERT_EQ(images.values.size(), 360U);
  for (std::size_t k = 0; k < 360; ++k) {
    ASSERT_EQ(static_cast<unsigned char>(images.values[k]), byte_of_fixture(k)) << k;
  }
  EXPECT_FALSE(file.record("x_test.npy").unpacked);  // it is looked at where it lies
}

TEST(ZipArchive, DeflatedRecordsAreUnpacked) {
  const std::string bytes = read_file(kFixtures / "packed.npz");
  const ZipArchive file(bytes);
  const auto record = file.record("images.npy");
  ASSERT_TRUE(record.unpacked);
  const NpyView images = parse_npy(record.bytes);
  EXPECT_THAT(images.shape, ElementsAre(4, 3, 5, 6));
  EXPECT_EQ(static_cast<unsigned char>(images.values[30]), byte_of_fixture(1));  // second colour
}

TEST(ZipArchive, LargeArchivesHaveTheirNumbersElsewhere) {
  for (const auto numbers : {ZipWriter::Numbers::k32Bits, ZipWriter::Numbers::k64Bits}) {
    const std::string bytes =
        ZipWriter(numbers).add("a.npy", "first").add("b.npy", "second").add("c.txt", "no").bytes();
    const ZipArchive file(bytes);
    EXPECT_THAT(file.names(), ElementsAre("a.npy", "b.npy", "c.txt"));
    EXPECT_EQ(file.record("b.npy").bytes, "second");
  }
}

TEST(ZipArchive, WhatItCannotReadIsSaid) {
  const std::string other = ZipWriter().add("a.npy", "content", 12).bytes();
  EXPECT_THAT([&] { ZipArchive(other).record("a.npy"); },
              ThrowsMessage<DataError>(HasSubstr("packed by method 12")));
  EXPECT_THAT([&] { ZipArchive(other).record("b.npy"); },
              ThrowsMessage<DataError>(HasSubstr("missing")));
  const std::string twice = ZipWriter().add("a.npy", "1").add("a.npy", "2").bytes();
  std::string unchecked = ZipWriter().add("a", "content").bytes();
  for (std::size_t at = 0; (at = unchecked.find("PK\1\2", at)) != unchecked.npos; ++at) {
    unchecked.replace(at + 16, 4, 4, '\0');
  }
  EXPECT_THAT([&] { ZipArchive(unchecked).record("a"); },
              ThrowsMessage<DataError>(HasSubstr("its checksum is another")));
  EXPECT_EQ(ZipArchive(unchecked).record("a", ZipArchive::Checksum::kMayBeMissing).bytes,
            "content");
  EXPECT_THAT([&] { ZipArchive{twice}; }, ThrowsMessage<DataError>(HasSubstr("has a.npy twice")));
}

TEST(ZipArchive, NoFlippedBitGivesOtherContent) {
  for (const char* name : {"stored.npz", "packed.npz"}) {
    const std::string whole = read_file(kFixtures / name);
    const ZipArchive intact(whole);
    int noticed = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
        try {
          const ZipArchive file(damaged);
          for (const std::string& record : intact.names()) {
            EXPECT_EQ(file.record(record).bytes, intact.record(record).bytes) << name << " " << at;
          }
        } catch (const DataError&) {
          ++noticed;
        }
      }
    }
    EXPECT_GT(noticed, 4 * static_cast<int>(whole.size())) << name;
  }
}

TEST(ZipArchive, CutAnywhereIsNoticed) {
  const std::string whole = read_file(kFixtures / "stored.npz");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(ZipArchive{std::string_view(whole).substr(0, size)}, DataError) << size;
  }
}

}  // namespace
}  // namespace certify
