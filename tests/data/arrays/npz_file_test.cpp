#include "data/arrays/npz_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/npy.h"
#include "tests/models/zip_writer.h"

namespace certify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::filesystem::path kFixtures = CERTIFY_ARRAY_FIXTURES;

/// Byte k of the images in the fixtures, as NumPy has them: [4,5,6,3].
unsigned char byte_of_fixture(std::size_t k) { return static_cast<unsigned char>(k * 7 % 256); }

TEST(NpzFile, MembersThatNumPyWroteAreRead) {
  const std::string bytes = read_file(kFixtures / "stored.npz");
  const NpzFile file(bytes);
  EXPECT_THAT(file.names(), ElementsAre("x_test", "y_test"));
  const NpyView images = parse_npy(file.member("x_test").npy);
  EXPECT_EQ(images.type, "|u1");
  EXPECT_THAT(images.shape, ElementsAre(4, 5, 6, 3));
  ASSERT_EQ(images.values.size(), 360U);
  for (std::size_t k = 0; k < 360; ++k) {
    ASSERT_EQ(static_cast<unsigned char>(images.values[k]), byte_of_fixture(k)) << k;
  }
  EXPECT_FALSE(file.member("x_test").unpacked);  // it is looked at where it lies
}

TEST(NpzFile, DeflatedMembersAreUnpacked) {
  const std::string bytes = read_file(kFixtures / "packed.npz");
  const NpzFile file(bytes);
  const auto member = file.member("images");
  ASSERT_TRUE(member.unpacked);
  const NpyView images = parse_npy(member.npy);
  EXPECT_THAT(images.shape, ElementsAre(4, 3, 5, 6));
  EXPECT_EQ(static_cast<unsigned char>(images.values[30]), byte_of_fixture(1));  // second colour
}

TEST(NpzFile, LargeArchivesHaveTheirNumbersElsewhere) {
  for (const auto numbers : {ZipWriter::Numbers::k32Bits, ZipWriter::Numbers::k64Bits}) {
    const std::string bytes =
        ZipWriter(numbers).add("a.npy", "first").add("b.npy", "second").add("c.txt", "no").bytes();
    const NpzFile file(bytes);
    EXPECT_THAT(file.names(), ElementsAre("a", "b"));
    EXPECT_EQ(file.member("b").npy, "second");
  }
}

TEST(NpzFile, WhatItCannotReadIsSaid) {
  const std::string other = ZipWriter().add("a.npy", "content", 12).bytes();
  EXPECT_THAT([&] { NpzFile(other).member("a"); },
              ThrowsMessage<DataError>(HasSubstr("packed by method 12")));
  EXPECT_THAT([&] { NpzFile(other).member("b"); }, ThrowsMessage<DataError>(HasSubstr("missing")));
  const std::string twice = ZipWriter().add("a.npy", "1").add("a.npy", "2").bytes();
  EXPECT_THAT([&] { NpzFile{twice}; }, ThrowsMessage<DataError>(HasSubstr("a.npy is there twice")));
}

TEST(NpzFile, NoFlippedBitGivesOtherContent) {
  for (const char* name : {"stored.npz", "packed.npz"}) {
    const std::string whole = read_file(kFixtures / name);
    const NpzFile intact(whole);
    int noticed = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
        try {
          const NpzFile file(damaged);
          for (const std::string& array : intact.names()) {
            EXPECT_EQ(file.member(array).npy, intact.member(array).npy) << name << " " << at;
          }
        } catch (const DataError&) {
          ++noticed;
        }
      }
    }
    EXPECT_GT(noticed, 4 * static_cast<int>(whole.size())) << name;
  }
}

TEST(NpzFile, CutAnywhereIsNoticed) {
  const std::string whole = read_file(kFixtures / "stored.npz");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(NpzFile{std::string_view(whole).substr(0, size)}, DataError) << size;
  }
}

}  // namespace
}  // namespace certify
