#include "core/base/files.h"

#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

TEST(ReplaceFile, LeavesTheNewContentAndNoTemporary) {
  const TemporaryFolder folder;
  replace_file(folder / "a", "one");
  replace_file(folder / "a", "two");
  EXPECT_EQ(read_file(folder / "a"), "two");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.tmp"));
}

TEST(ReplaceFile, SaysWhichFileItCannotWrite) {
  const TemporaryFolder folder;
  try {
    replace_file(folder / "missing/a", "x");
    FAIL();
  } catch (const IoError& error) {
    EXPECT_NE(std::string(error.what()).find("missing/a"), std::string::npos) << error.what();
  }
}

TEST(ReadFile, RefusesWhatIsNotThere) { EXPECT_THROW(read_file("no/such/file"), DataError); }

// FIPS 180-2, appendix B.1 and B.2.
TEST(Sha256, MatchesTheStandardsExamples) {
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const TemporaryFolder folder;
  const std::string bytes(300000, 'x');  // more than one read
  replace_file(folder / "a", bytes);
  EXPECT_EQ(sha256_of_file(folder / "a"), sha256_of(bytes));
}

}  // namespace
}  // namespace certify
