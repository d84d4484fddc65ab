#include "data/packed/tar_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "tests/data/packed/archive_writer.h"
#include "tests/support/source_dir.h"

namespace certify {
namespace {

using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::UnorderedElementsAre;

std::string failure(const std::string& bytes) {
  try {
    const TarArchive archive(bytes);
    return "no failure";
  } catch (const DataError& error) {
    return error.what();
  }
}

TEST(TarArchive, HoldsFilesByTheirWholeNames) {
  const std::string bytes =
      tar("folder", {{"a", "first"}, {"b", std::string(1000, 'x')}, {"c", ""}});
  const TarArchive archive(bytes);
  EXPECT_THAT(archive.files(),
              UnorderedElementsAre(Key("folder/a"), Key("folder/b"), Key("folder/c")));
  EXPECT_EQ(archive.files().find("folder/a")->second, "first");
  EXPECT_EQ(archive.files().find("folder/b")->second, std::string(1000, 'x'));
}

/// GNU tar 1.34: `tar cf X --format=F d`, of a file, a link to it and one with a name of 120
/// letters.
TEST(TarArchive, ReadsWhatGnuTarWritesInEachFormat) {
  const std::filesystem::path fixtures =
      std::filesystem::path(CERTIFY_SOURCE_DIR) / "tests/data/packed/fixtures";
  for (const char* format : {"v7", "ustar", "gnu", "pax"}) {
    const std::string bytes = read_file(fixtures / fmt::format("{}.tar", format));
    const TarArchive archive(bytes);
    const auto file = archive.files().find("d/file");
    ASSERT_NE(file, archive.files().end()) << format;
    EXPECT_EQ(file->second, "certify\n") << format;
    EXPECT_EQ(archive.files().contains("d/link"), false) << format;
    if (std::string_view(format) == "v7" || std::string_view(format) == "ustar") continue;
    const auto lengthy = archive.files().find("d/" + std::string(120, 'n'));
    ASSERT_NE(lengthy, archive.files().end()) << format;
    EXPECT_EQ(lengthy->second, "long\n") << format;
  }
}

TEST(TarArchive, DamageIsToldWithItsPlace) {
  const std::string whole = tar("folder", {{"a", "first"}});
  std::string bytes = whole;
  bytes[512 + 3] ^= 1;  // in the second header
  EXPECT_THAT(failure(bytes), HasSubstr("byte 512: no header of a tar archive"));
  EXPECT_THAT(failure(std::string(5000, 'x')), HasSubstr("byte 0: no header"));
  EXPECT_THAT(failure(""), HasSubstr("cut short"));
  EXPECT_THAT(failure(tar("f", {{"a", "1"}, {"a", "2"}})), HasSubstr("f/a is there twice"));
  EXPECT_THAT(failure(tar_header("a", 7000, '0')),
              HasSubstr("cut short: a has 0 bytes, expected 7000"));
}

TEST(TarArchive, CutShortBeforeItsEndItIsRefused) {
  const std::string whole = tar("folder", {{"a", "first"}, {"b", "second"}});
  const std::size_t end = whole.size() - 1024;
  for (std::size_t size = 0; size < end + 512; size += 100) {
    EXPECT_THAT(failure(whole.substr(0, size)), HasSubstr("cut short")) << size;
  }
  EXPECT_EQ(failure(whole.substr(0, end + 512)), "no failure");  // one empty block is an end
}

}  // namespace
}  // namespace certify
