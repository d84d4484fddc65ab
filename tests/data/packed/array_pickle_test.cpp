#include "data/packed/array_pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "tests/data/packed/archive_writer.h"
#include "tests/support/source_dir.h"

namespace certify {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string small_batch() {
  return Python2Pickle()
      .key("batch_label")
      .text("testing batch 1 of 1")
      .key("labels")
      .numbers({3, 8, 0})
      .key("data")
      .array(3, 2, "\x01\x02\xff\xfe\0\x10"s)
      .dictionary();
}

std::string failure(const std::string& bytes) {
  try {
    const ArrayPickle pickle(bytes);
    return "no failure";
  } catch (const DataError& error) {
    return error.what();
  }
}

TEST(ArrayPickle, HoldsNumbersAndArraysByKey) {
  const std::string bytes = small_batch();
  const ArrayPickle batch(bytes);
  EXPECT_THAT(batch.numbers("labels"), ElementsAre(3, 8, 0));
  const ArrayPickle::Array data = batch.array("data");
  EXPECT_THAT(data.shape, ElementsAre(3, 2));
  EXPECT_EQ(data.bytes, "\x01\x02\xff\xfe\0\x10"s);
}

/// Written by the script that torchvision's own reader is checked with (tests/data/forms_test.py).
TEST(ArrayPickle, ReadsTheFixtureThatPythonReads) {
  const std::string bytes = read_file(std::filesystem::path(CERTIFY_SOURCE_DIR) /
                                      "tests/data/packed/fixtures/cifar100_batch.pickle");
  const ArrayPickle batch(bytes);
  EXPECT_THAT(batch.numbers("fine_labels"), ElementsAre(49, 33, 72));
  EXPECT_THAT(batch.numbers("coarse_labels"), ElementsAre(10, 10, 0));
  const ArrayPickle::Array data = batch.array("data");
  EXPECT_THAT(data.shape, ElementsAre(3, 3072));
  for (std::size_t k = 0; k < data.bytes.size(); ++k) {
    ASSERT_EQ(static_cast<unsigned char>(data.bytes[k]), k * 7 % 256) << k;
  }
}

TEST(ArrayPickle, KeysAndTypesThatAreNotThereAreNamed) {
  const std::string bytes = small_batch();
  const ArrayPickle batch(bytes);
  EXPECT_THROW(batch.array("labels"), DataError);
  EXPECT_THROW(batch.numbers("data"), DataError);
  EXPECT_THROW(batch.numbers("batch_label"), DataError);
  try {
    batch.numbers("fine_labels");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_STREQ(error.what(), "its dictionary has no 'fine_labels'");
  }
}

TEST(ArrayPickle, NothingIsCalledButNumpysArrays) {
  EXPECT_THAT(failure("\x80\x02"
                      "cposix\nsystem\nU\x04"
                      "exit\x85R."s),
              AllOf(HasSubstr("byte 2: a class or function that no array"), HasSubstr("numpy's")));
  EXPECT_THAT(failure("\x80\x02"
                      "cnumpy\nload\n."s),
              HasSubstr("a class or function"));
  EXPECT_THAT(failure("\x80\x02"
                      "cnumpy\nndarray\nK\x01\x85R."s),
              HasSubstr("a call of something"));
  EXPECT_THAT(failure("\x80\x02}b."s), HasSubstr("a state of another type"));
  EXPECT_THAT(failure("\x80\x02})b."s), HasSubstr("a state of something else"));
}

TEST(ArrayPickle, EveryOtherOpcodeIsRefusedWithItsPlace) {
  const std::string known = ".NKMJUT]})(tae su qrhjcRb";  // those of one printable byte
  for (int c = 0; c < 256; ++c) {
    const char opcode = static_cast<char>(c);
    if ((known.find(opcode) != known.npos && opcode != ' ') || (c >= 0x85 && c <= 0x89)) continue;
    EXPECT_THAT(failure("\x80\x02}"s + opcode + std::string(300, '\0')),
                HasSubstr(fmt::format("byte 3: opcode 0x{:02x}", c)));
  }
  EXPECT_THAT(failure("\x80\x03}."s), HasSubstr("no pickle of protocol 2"));
  EXPECT_THAT(failure("\x80\x04\x95"s), HasSubstr("no pickle of protocol 2"));
}

TEST(ArrayPickle, ArraysOfAnotherTypeOrShapeAreRefused) {
  const auto with = [](std::int64_t rows, std::string_view type) {
    return Python2Pickle().key("data").array(rows, 2, "123456", type).dictionary();
  };
  EXPECT_EQ(failure(with(3, "u1")), "no failure");
  EXPECT_THAT(failure(with(3, "f4")), HasSubstr("an array of another type, expected bytes"));
  EXPECT_THAT(failure(with(4, "u1")), HasSubstr("6 bytes of an array of shape (4, 2)"));
  EXPECT_THAT(failure(with(-3, "u1")), HasSubstr("a shape of something else"));
  EXPECT_THAT(failure(with(2147483647, "u1")), HasSubstr("as many as the shape says"));
}

TEST(ArrayPickle, CutShortAnywhereItIsRefused) {
  const std::string whole = small_batch();
  ASSERT_EQ(failure(whole), "no failure");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(failure(whole.substr(0, size)), "no failure") << size;
  }
  EXPECT_THAT(failure(whole + "x"), HasSubstr("expected the end of the file"));
}

TEST(ArrayPickle, ALoopIsNoLeakAndAMissingMarkIsTold) {
  EXPECT_EQ(failure("\x80\x02}q\x01U\x01"
                    "ah\x01s."s),
            "no failure");  // d = {}; d['a'] = d
  EXPECT_THAT(failure("\x80\x02}u."s), HasSubstr("no mark"));
  EXPECT_THAT(failure("\x80\x02}(K\x01u."s), HasSubstr("entries of something else"));
  EXPECT_THAT(failure("\x80\x02}h\x07."s), HasSubstr("a value that was never stored"));
  EXPECT_THAT(failure("\x80\x02K\x01."s), HasSubstr("expected a dictionary"));
}

}  // namespace
}  // namespace certify
