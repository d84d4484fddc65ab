#include "models/torch_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/errors.h"
#include "tests/support/zip_writer.h"

namespace certify {
namespace {

using testing::HasSubstr;

std::string failure(const std::string& bytes, const std::string& record) {
  try {
    TorchArchive(bytes).record(record);
  } catch (const DataError& error) {
    return error.what();
  }
  return "no failure";
}

TEST(TorchArchive, FindsRecordsWhetherTheirPlacesHave32BitsOr64) {
  for (const auto numbers : {ZipWriter::Numbers::k32Bits, ZipWriter::Numbers::k64Bits}) {
    const std::string bytes =
        ZipWriter(numbers).add("net/data.pkl", "one").add("net/data/0", "two, longer").bytes();
    const TorchArchive archive(bytes);
    EXPECT_EQ(archive.record("data.pkl"), "one");
    EXPECT_EQ(archive.record("data/0"), "two, longer");
    EXPECT_TRUE(archive.has_below("data/"));
    EXPECT_FALSE(archive.has_below("code/"));
  }
}

TEST(TorchArchive, RefusesRecordsThatAreMissingCompressedOrDamaged) {
  std::string bytes = ZipWriter().add("net/data/0", "weights").add("net/1", "x", 8).bytes();
  EXPECT_THAT(failure(bytes, "data/2"), HasSubstr("its record data/2 is missing"));
  EXPECT_THAT(failure(bytes, "1"), HasSubstr("its record 1 is compressed"));
  bytes[bytes.find("weights")] ^= 1;
  EXPECT_THAT(failure(bytes, "data/0"), HasSubstr("its record net/data/0 is damaged"));
  const std::string twice = ZipWriter().add("net/a", "1").add("net/a", "2").bytes();
  EXPECT_THAT(failure(twice, "a"), HasSubstr("has net/a twice"));
}

TEST(TorchArchive, NeverReadsOutOfADamagedFile) {
  for (const auto numbers : {ZipWriter::Numbers::k32Bits, ZipWriter::Numbers::k64Bits}) {
    const std::string whole = ZipWriter(numbers).add("net/a", "content").bytes();
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (const char value : {'\0', '\x7f', '\xff'}) {
        std::string damaged = whole;
        damaged[at] = value;
        const std::string said = failure(damaged, "a");  // the sanitizers watch
        if (said == "no failure") {
          EXPECT_EQ(TorchArchive(damaged).record("a"), "content");
        }
      }
    }
  }
}

}  // namespace
}  // namespace certify
