#include "data/packed/mat_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <set>
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
using ::testing::Key;

constexpr std::size_t kPlenty = 1 << 24;

std::string fixture(const std::string& name) {
  return read_file(std::filesystem::path(CERTIFY_SOURCE_DIR) / "tests/data/packed/fixtures" / name);
}

std::string failure(const std::string& bytes) {
  try {
    const MatFile file(bytes, kPlenty);
    return "no failure";
  } catch (const DataError& error) {
    return error.what();
  }
}

/// scipy.io.savemat() of X = arange(24) * 9 % 256 as uint8 [2,3,4], y = [[10], [1.0], [300]],
/// s = 'text', c = [[1j]] and a structure.
TEST(MatFile, HoldsTheNumericArraysThatSciPyWrote) {
  for (const char* name : {"plain.mat", "packed.mat"}) {
    const std::string bytes = fixture(name);
    const MatFile file(bytes, kPlenty);
    EXPECT_THAT(file.arrays(), ElementsAre(Key("X"), Key("y"))) << name;
    const MatArray& x = file.array("X");
    EXPECT_EQ(x.type, "u1");
    EXPECT_THAT(x.shape, ElementsAre(2, 3, 4));
    ASSERT_EQ(x.values.size(), 24U);
    // Element [i,j,k] is number (i*3 + j)*4 + k in C order, and lies at i + 2 (j + 3 k) here.
    for (std::size_t i = 0; i < 2; ++i) {
      for (std::size_t j = 0; j < 3; ++j) {
        for (std::size_t k = 0; k < 4; ++k) {
          EXPECT_EQ(static_cast<unsigned char>(x.values[i + 2 * (j + 3 * k)]),
                    ((i * 3 + j) * 4 + k) * 9 % 256);
        }
      }
    }
    EXPECT_THAT(whole_numbers(file.array("y")), ElementsAre(10, 1, 300)) << name;
  }
}

TEST(MatFile, WholeNumbersOfEveryTypeAreRead) {
  const auto read = [](std::uint32_t type, const std::string& values, std::int32_t count) {
    const std::string bytes = mat_header() + mat_variable("y", {count, 1}, 6, type, values);
    return whole_numbers(MatFile(bytes, kPlenty).array("y"));
  };
  EXPECT_THAT(read(1, "\xff\x05"s, 2), ElementsAre(-1, 5));
  EXPECT_THAT(read(4, raw(std::uint16_t{65535}), 1), ElementsAre(65535));
  EXPECT_THAT(read(7, raw(2.0F), 1), ElementsAre(2));
  EXPECT_THAT(read(9, raw(-3.0) + raw(1e15), 2), ElementsAre(-3, 1'000'000'000'000'000));
  EXPECT_THAT(read(13, raw(std::uint64_t{7}), 1), ElementsAre(7));
  EXPECT_THROW(read(9, raw(0.5), 1), DataError);
  EXPECT_THROW(read(9, raw(1e300), 1), DataError);
  EXPECT_THROW(read(13, raw(~std::uint64_t{0}), 1), DataError);
}

TEST(MatFile, OtherVersionsAreNamed) {
  EXPECT_THAT(failure("MATLAB 7.3 MAT-file, Platform: GLNXA64" + std::string(100, ' ')),
              HasSubstr("version 7.3, expected 5; in MATLAB, save(FILE, '-v7')"));
  EXPECT_THAT(failure("\x89HDF\r\n"), HasSubstr("version 7.3"));
  EXPECT_THAT(failure(std::string(200, '\0')), HasSubstr("no MATLAB file of version 5"));
  std::string big = mat_header();
  big.replace(126, 2, "MI");
  EXPECT_THAT(failure(big), HasSubstr("big-endian"));
}

TEST(MatFile, DamageIsRefused) {
  const std::string variable = mat_variable("X", {2, 2}, 9, 2, "abcd");
  EXPECT_EQ(failure(mat_header() + variable), "no failure");
  EXPECT_THAT(failure(mat_header() + mat_variable("X", {2, 3}, 9, 2, "abcd")),
              HasSubstr("X: 4 bytes of u1 for an array of 2 x 3"));
  EXPECT_THAT(failure(mat_header() + mat_variable("X", {2147483647, 2147483647}, 9, 2, "abcd")),
              HasSubstr("X: 4 bytes"));
  EXPECT_THAT(failure(mat_header() + mat_variable("X", {-2, -2}, 9, 2, "abcd")),
              HasSubstr("a length of -2"));
  EXPECT_THAT(failure(mat_header() + variable + variable), HasSubstr("X is there twice"));
  const std::string packed = fixture("packed.mat");
  std::set<std::size_t> ends{128};  // of the header, and of each variable
  while (*ends.rbegin() < packed.size()) {
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, packed.data() + *ends.rbegin() + 4, sizeof bytes);
    ends.insert(*ends.rbegin() + 8 + bytes);
  }
  ASSERT_EQ(*ends.rbegin(), packed.size());
  for (std::size_t size = 128; size < packed.size(); ++size) {
    // Between two variables the later ones are missing, which their readers tell.
    EXPECT_EQ(failure(packed.substr(0, size)) == "no failure", ends.contains(size)) << size;
  }
}

TEST(MatFile, EmptyArraysAndVariablesOfOtherKindsAreNoDamage) {
  const std::string bytes = mat_header() + mat_variable("none", {1, 0}, 6, 9, "") +
                            mat_element(14, mat_element(6, raw(std::uint64_t{17}))) +  // a string
                            mat_variable("y", {1, 1}, 9, 2, "a");
  const MatFile file(bytes, kPlenty);
  EXPECT_THAT(file.arrays(), ElementsAre(Key("none"), Key("y")));
  EXPECT_THAT(whole_numbers(file.array("none")), ElementsAre());
}

TEST(MatFile, AVariableMayNotUnpackToMoreThanAsked) {
  const std::string bytes = fixture("packed.mat");
  EXPECT_THROW(MatFile(bytes, 20), DataError);
}

}  // namespace
}  // namespace certify
