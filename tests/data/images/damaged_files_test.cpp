/// No bytes may crash a decoder: pictures are damaged at random, always in the same way.
/// CERTIFY_DAMAGED_FILES says how many; the test on demand takes a million.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "data/images/rgb_image.h"
#include "tests/data/images/golden.h"
#include "tests/support/damage.h"

namespace certify {
namespace {

TEST(Decoders, GiveAPictureOrARefusalForAnyBytes) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(picture_folder())) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (std::string& file : files) file = read_file(file);
  Damage damage(20240607);
  const std::int64_t count = count_of_damaged_files(2000);
  std::int64_t read = 0, refused = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string file = damage(files[damage.below(files.size())]);
    try {
      const RgbImage image = decode_image(file);
      ASSERT_EQ(image.bytes.size(), std::size_t{3} * static_cast<std::size_t>(image.width) *
                                        static_cast<std::size_t>(image.height));
      ++read;
    } catch (const DataError& error) {
      ASSERT_STRNE(error.what(), "");
      ++refused;
    }
  }
  EXPECT_GT(read, count / 10);
  EXPECT_GT(refused, count / 10);
}

}  // namespace
}  // namespace certify
