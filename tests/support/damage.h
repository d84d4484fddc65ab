#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace certify {

/// Damages files at random, always in the same way.
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

/// How many damaged files a test tries: $CERTIFY_DAMAGED_FILES, or as many as take a second.
inline std::int64_t count_of_damaged_files(std::int64_t usual) {
  const char* wish = std::getenv("CERTIFY_DAMAGED_FILES");
  return wish == nullptr ? usual : std::atoll(wish);
}

}  // namespace certify
