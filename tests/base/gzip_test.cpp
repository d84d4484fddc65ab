#include "core/base/unpack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/errors.h"
#include "tests/support/gzip.h"

namespace certify {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr std::size_t kPlenty = 1 << 24;

/// Several of zlib's blocks and of ours, neither constant nor random.
std::string text() {
  std::string out;
  for (unsigned i = 0; i < 400'000; ++i) out += static_cast<char>(i * i / 7 % 251);
  for (int i = 0; i < 2'000'000; ++i) out += 'x';
  return out;
}

TEST(Gzip, MembersFollowEachOther) {  // cat a.gz b.gz
  EXPECT_EQ(unpack_gzip(gzip("first\n") + gzip(text()) + gzip(""), kPlenty), "first\n" + text());
  const std::string two = gzip("first") + gzip("second");
  EXPECT_THROW(unpack_gzip(two.substr(0, two.size() - 1), kPlenty), DataError);
  EXPECT_THROW(unpack_gzip(two, 10), DataError);  // eleven bytes
}

TEST(Gzip, UnpacksWhatWasPacked) {
  EXPECT_EQ(unpack_gzip(gzip(text()), kPlenty), text());
  EXPECT_EQ(unpack_gzip(gzip(""), kPlenty), "");
}

TEST(Gzip, FileOfTheCommandLineToolIsRead) {  // printf certify | gzip -9 | xxd -i
  const unsigned char bytes[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
                                 0x03, 0x4b, 0x4e, 0x2d, 0x2a, 0xc9, 0x4c, 0xab, 0x04,
                                 0x00, 0x9d, 0x66, 0x3c, 0x45, 0x07, 0x00, 0x00, 0x00};
  EXPECT_EQ(unpack_gzip({reinterpret_cast<const char*>(bytes), sizeof bytes}, kPlenty), "certify");
}

/// Some bits say nothing: the time of writing, padding behind the last code.
TEST(Gzip, NoFlippedBitGivesOtherContent) {
  const std::string content = "The quick brown fox jumps over the lazy dog, twice and twice.";
  const std::string whole = gzip(content);
  int noticed = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      try {
        EXPECT_EQ(unpack_gzip(damaged, kPlenty), content) << at << " " << bit;
      } catch (const DataError&) {
        ++noticed;
      }
    }
  }
  EXPECT_GT(noticed, 8 * static_cast<int>(whole.size() - 8));
}

TEST(Gzip, CutAnywhereIsNoticed) {
  const std::string whole = gzip("The quick brown fox jumps over the lazy dog, twice and twice.");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(unpack_gzip(whole.substr(0, size), kPlenty), DataError) << size;
  }
  EXPECT_THAT([&] { unpack_gzip(whole.substr(0, whole.size() - 1), kPlenty); },
              ThrowsMessage<DataError>(HasSubstr("cut short")));
}

TEST(Gzip, WrongChecksumIsCalledThat) {
  std::string damaged = gzip(text());
  damaged[damaged.size() - 6] ^= 1;  // the last eight bytes are CRC-32 and length
  EXPECT_THAT([&] { unpack_gzip(damaged, kPlenty); },
              ThrowsMessage<DataError>(HasSubstr("incorrect data check")));
}

TEST(Gzip, BytesBehindItAreRefused) {
  EXPECT_THAT([] { unpack_gzip(gzip("a") + "bc", kPlenty); },
              ThrowsMessage<DataError>(HasSubstr("2 bytes behind the end")));
}

TEST(Gzip, BombIsNotUnpacked) {
  EXPECT_THAT([] { unpack_gzip(gzip(std::string(10'000'000, '\0')), 1'000'000); },
              ThrowsMessage<DataError>(HasSubstr("more than 1000000 bytes")));
}

}  // namespace
}  // namespace certify
