// A family of noise is a few files: its .h, .cpp, kernel and device header, the two lists of
// families (families.h and device_families.h) and CMakeLists.txt. Nothing else names it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include "core/base/files.h"
#include "core/noise/families.h"
#include "tests/support/source_dir.h"

namespace certify {
namespace {

namespace fs = std::filesystem;

bool is_source(const fs::path& file) {
  static const std::set<std::string> endings{".h", ".cpp", ".cu", ".cmake", ".in"};
  return endings.contains(file.extension().string()) || file.filename() == "CMakeLists.txt";
}

/// What the compiler or CMake acts upon: neither comments nor strings of several words.
std::string code_of(const fs::path& file) {
  static const std::regex cpp("//[^\n]*|\"[^\"\n]* [^\"\n]*\""), cmake("#[^\n]*");
  const bool is_cmake = file.filename() == "CMakeLists.txt" || file.extension() == ".cmake";
  return std::regex_replace(read_file(file), is_cmake ? cmake : cpp, "");
}

bool contains(std::string text, std::string_view name) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text.find(name) != std::string::npos;
}

/// Not "sub-Gaussian", which is a word of statistics, nor LibTorch's uniform_().
bool names(const fs::path& file, std::string_view name) {
  if (!contains(read_file(file), name)) return false;  // most files, and std::regex is slow
  static const std::regex other("sub_?gaussian|uniform_\\(", std::regex::icase);
  return contains(std::regex_replace(code_of(file), other, ""), name);
}

/// Source files outside tests and docs that name the family. One with a parameter, "name:2", is one
/// with that of "name".
std::set<std::string> files_of(const NoiseFamily& family) {
  const std::string_view name = family.name.substr(0, family.name.find(':'));
  std::set<std::string> found;
  const fs::path root = CERTIFY_SOURCE_DIR;
  for (const auto& top : fs::directory_iterator(root)) {
    const std::string folder = top.path().filename().string();
    if (!top.is_directory() || folder.starts_with(".") || folder.starts_with("build") ||
        folder == "tests" || folder == "docs") {
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(top.path())) {
      if (entry.is_regular_file() && is_source(entry.path()) && names(entry.path(), name)) {
        found.insert(fs::relative(entry.path(), root).string());
      }
    }
  }
  return found;
}

TEST(NoiseFamily, IsNamedInAtMostEightFiles) {
  for (const NoiseFamily* family : kEveryFamily) {
    const std::set<std::string> files = files_of(*family);
    EXPECT_THAT(files, ::testing::Contains("core/noise/families.h"));
    EXPECT_LE(files.size(), 8u) << ::testing::PrintToString(files);
  }
}

}  // namespace
}  // namespace certify
