#include "core/sigma_map/sigma_map_file.h"

#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/npy.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// The bytes of numpy.save(f, array([[[0.5, 0.25], [2, 1]]])), NumPy 1.24.
std::string saved_by_numpy() {
  std::string bytes("\x93NUMPY\x01\x00v\x00", 10);
  bytes += "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2, 2), }";
  bytes += std::string(127 - bytes.size(), ' ') + '\n';
  for (const double value : {0.5, 0.25, 2.0, 1.0}) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

class SigmaMapFile : public testing::Test {
 protected:
  SigmaMap read(const std::string& bytes) const {
    folder_.write("map.npy", bytes);
    return read_sigma_map(file_);
  }
  /// What reading such a file says, behind its name.
  std::string refusal(const std::string& bytes) const {
    try {
      read(bytes);
    } catch (const DataError& error) {
      const std::string what = error.what();
      EXPECT_EQ(what.find(file_.string() + ": "), 0u) << what;
      return what;
    }
    return "accepted";
  }
  /// The file above with something else in its header, of the same length.
  static std::string with(const std::string& old_text, const std::string& new_text) {
    std::string bytes = saved_by_numpy();
    return bytes.replace(bytes.find(old_text), old_text.size(), new_text);
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "map.npy";
};

TEST_F(SigmaMapFile, IsWhatNumPySaves) {
  const SigmaMap map = read(saved_by_numpy());
  EXPECT_EQ(map.shape, (ImageShape{1, 2, 2}));
  EXPECT_EQ(map.values, (std::vector<double>{0.5, 0.25, 2, 1}));
  EXPECT_EQ(to_npy(map), saved_by_numpy());
}

TEST_F(SigmaMapFile, HashIsThatOfTheFileAsWritten) {
  const SigmaMap map = read(saved_by_numpy());
  write_sigma_map(file_, map);
  EXPECT_EQ(sha256_of_file(file_), map.sha256);
}

TEST_F(SigmaMapFile, SinglePrecisionGivesTheSameMapAsTheSameValuesInDouble) {
  std::string bytes = npy_header("<f4", std::array<std::int64_t, 3>{1, 2, 2});
  for (const float value : {0.5f, 0.25f, 2.0f, 1.0f}) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  EXPECT_EQ(read(bytes).sha256, read(saved_by_numpy()).sha256);
}

TEST_F(SigmaMapFile, LaterVersionsAndOtherSpacingAreRead) {
  std::string bytes("\x93NUMPY\x02\x00", 8);
  const std::string header = "{'shape':(1,2,2),'fortran_order':False,'descr':'<f8'}\n";
  bytes += static_cast<char>(header.size());
  bytes += std::string(3, '\0') + header;
  EXPECT_EQ(read(bytes + saved_by_numpy().substr(128)).sha256, read(saved_by_numpy()).sha256);
}

TEST_F(SigmaMapFile, TruncatedAnywhereIsRefused) {
  const std::string whole = saved_by_numpy();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(refusal(whole.substr(0, length)), "accepted") << length;
  }
  EXPECT_THAT(refusal(whole.substr(0, 152)), HasSubstr("24 bytes of values, expected 32"));
  EXPECT_THAT(refusal(whole + "x"), HasSubstr("33 bytes of values, expected 32"));
}

TEST_F(SigmaMapFile, OrdersTypesAndShapesOfOtherKindsAreNamed) {
  EXPECT_THAT(refusal(with("False,", "True, ")), HasSubstr("in Fortran order"));
  EXPECT_THAT(refusal(with("<f8", ">f8")), AllOf(HasSubstr(">f8"), HasSubstr("big-endian")));
  EXPECT_THAT(refusal(with("<f8", "<i8")), HasSubstr("of type <i8, must be <f4 or <f8"));
  EXPECT_THAT(refusal(with("(1, 2, 2)", "(4,)     ")), HasSubstr("of shape (4), must be channels"));
  EXPECT_THAT(refusal(with("(1, 2, 2)", "(2, 2)   ")), HasSubstr("of shape (2, 2)"));
  EXPECT_THAT(refusal(with("(1, 2, 2)", "(1, 0, 2)")), HasSubstr("of shape (1, 0, 2)"));
  EXPECT_THAT(refusal(with("(1, 2, 2)", "(1,-2,-2)")), HasSubstr("shape cannot be read"));
  EXPECT_THAT(refusal(with("(1, 2, 2)", "(1, 2, 9)")),
              HasSubstr("32 bytes of values, expected 144"));
  EXPECT_THAT(refusal(with("'<f8'", "[<f8]")), HasSubstr("not plain numbers"));
  EXPECT_THAT(refusal(with("'shape'", "'shade'")), HasSubstr("without 'shape'"));
  EXPECT_THAT(refusal("PK\x03\x04"), HasSubstr("not a .npy file"));
}

TEST_F(SigmaMapFile, ValueThatIsNotPositiveIsNamedWithFileAndPlace) {
  std::string bytes = saved_by_numpy();
  bytes.replace(128 + 16, 8, std::string(8, '\0'));
  EXPECT_THAT(refusal(bytes), HasSubstr("map.npy: sigma is 0 at [0, 1, 0]"));
}

TEST_F(SigmaMapFile, MissingFileIsNamedOnce) {
  try {
    read_sigma_map(file_);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(), file_.string() + ": no such file");
  }
}

TEST_F(SigmaMapFile, ShapeThatIsNotTheImagesIsRefused) {
  folder_.write("map.npy", saved_by_numpy());
  EXPECT_NO_THROW(read_sigma_map(file_, {1, 2, 2}));
  try {
    read_sigma_map(file_, {3, 32, 32});
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("for 1 × 2 × 2 elements, but images are 3 × 32 × 32"));
  }
}

}  // namespace
}  // namespace certify
