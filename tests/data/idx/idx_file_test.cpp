#include "data/idx/idx_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/errors.h"
#include "tests/support/gzip.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// 2 × 1 × 3 unsigned bytes, written out by the format's description.
const std::string kFile("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x03\x0a\x14\x1e\x28\x32\xff", 22);

TEST(IdxFile, ReadsDimensionsAndElementsPlainOrPacked) {
  const TemporaryFolder folder;
  folder.write("plain", kFile);
  folder.write("packed.gz", gzip(kFile));
  for (const char* name : {"plain", "packed.gz"}) {
    const IdxFile file = read_idx(folder / name, 3);
    EXPECT_THAT(file.dimensions, ElementsAre(2, 1, 3));
    EXPECT_EQ(file.elements()[0], 10);
    EXPECT_EQ(file.elements()[5], 255);
    EXPECT_EQ(file.content, kFile);
  }
}

TEST(IdxFile, DamageIsNamedWithTheFile) {
  const TemporaryFolder folder;
  const auto expect_error = [&](const std::string& content, const std::string& what) {
    folder.write("f", content);
    EXPECT_THAT([&] { read_idx(folder / "f", 3); },
                ThrowsMessage<DataError>(AllOf(HasSubstr("/f"), HasSubstr(what))));
  };
  expect_error("", "0 bytes, expected a header of 16");
  expect_error(kFile.substr(0, 15), "15 bytes, expected a header of 16");
  expect_error(kFile.substr(0, 21), "21 bytes, expected 22: its header says 2 x 1 x 3");
  expect_error(kFile + "x", "23 bytes, expected 22");
  std::string other = kFile;
  other[3] = 1;
  expect_error(other, "begins with 00000801, expected 00000803");
  other = kFile;
  other[2] = 0x0d;  // floats
  expect_error(other, "begins with 00000d03");
  other = kFile;
  other[7] = 0;
  expect_error(other, "0 x 1 x 3, which is no size of a data set");
  other = kFile;
  other[4] = other[8] = other[12] = '\xff';  // a product beyond 64 bits
  expect_error(other, "which is no size of a data set");
  expect_error(gzip(kFile).substr(0, 20), "/f (unpacked): gzip cut short");
  expect_error(gzip(kFile.substr(0, 20)), "/f (unpacked): 20 bytes, expected 22");
}

TEST(IdxFile, MissingOneIsNamed) {
  const TemporaryFolder folder;
  EXPECT_THAT([&] { read_idx(folder / "nothing", 3); },
              ThrowsMessage<DataError>(HasSubstr("nothing: missing")));
}

}  // namespace
}  // namespace certify
