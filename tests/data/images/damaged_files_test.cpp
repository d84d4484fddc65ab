/// No bytes may crash a decoder: pictures are damaged at random, always in the same way.
/// CERTIFY_DAMAGED_FILES says how many; the test on demand takes a million.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "data/images/rgb_image.h"
#include "tests/data/images/golden.h"

namespace certify {
namespace {

class Damage {
 public:
  explicit Damage(std::uint64_t seed) : random_(seed) {}

  /// One to eight changes.
  std::string operator()(std::string file) {
    for (std::size_t changes = 1 + below(8); changes > 0; --changes) change(file);
    return file;
  }

  std::size_t below(std::size_t limit) { return random_() % std::max<std::size_t>(limit, 1); }

 private:
  void change(std::string& file) {
    if (file.empty()) return;
    // The front says what the rest means: every other change is there.
    const std::size_t at =
        below(below(2) == 0 ? std::min<std::size_t>(file.size(), 80) : file.size());
    const std::size_t some = below(std::min<std::size_t>(16, file.size() - at)) + 1;
    switch (below(6)) {
      case 0:
        file[at] = static_cast<char>(file[at] ^ (1 << below(8)));
        break;
      case 1:
        file[at] = static_cast<char>(below(256));
        break;
      case 2:
        file[at] = std::array{'\0', '\xFF', '\x7F', '\x80', '\1'}[below(5)];
        break;
      case 3:
        file.erase(at, some);
        break;
      case 4:
        file.insert(at, file.substr(below(file.size()), some));
        break;
      default:
        if (below(8) == 0) file.resize(at);  // seldom: it ends what could go on
    }
  }

  std::mt19937_64 random_;
};

std::int64_t count_of_files() {
  const char* wish = std::getenv("CERTIFY_DAMAGED_FILES");
  return wish == nullptr ? 2000 : std::atoll(wish);
}

TEST(Decoders, GiveAPictureOrARefusalForAnyBytes) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(picture_folder())) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (std::string& file : files) file = read_file(file);
  Damage damage(20240607);
  std::int64_t read = 0, refused = 0;
  for (std::int64_t i = 0; i < count_of_files(); ++i) {
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
  EXPECT_GT(read, count_of_files() / 10);
  EXPECT_GT(refused, count_of_files() / 10);
}

}  // namespace
}  // namespace certify
