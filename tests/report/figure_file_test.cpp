#include "core/report/figures/figure_file.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/base/process.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kSvg =
    R"(<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"><rect width="3" height="2"/></svg>)";

TEST(FigureFile, IsSvgAsItIs) {
  const TemporaryFolder folder;
  write_figure(folder / "a.svg", kSvg);
  EXPECT_EQ(read_file(folder / "a.svg"), kSvg);
}

TEST(FigureFile, IsPngWhereThatCanBeDrawn) {
  if (run_command({"rsvg-convert", "--version"}).is_missing()) GTEST_SKIP() << "no rsvg-convert";
  const TemporaryFolder folder;
  write_figure(folder / "a b.png", kSvg);
  const std::string png = read_file(folder / "a b.png");
  EXPECT_THAT(png, StartsWith("\x89PNG"));
  EXPECT_EQ(png.substr(16, 8), std::string("\0\0\0\x06\0\0\0\x04", 8));  // twice 3 × 2
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(FigureFile, OfAnotherNameIsRefused) {
  const TemporaryFolder folder;
  for (const char* name : {"a", "a.pdf", "a.SVG.txt"}) {
    EXPECT_THROW(check_figure_name(folder / name), InputError) << name;
  }
}

TEST(FigureFile, InAFolderThatIsNotThereIsRefusedBeforeItIsDrawn) {
  const TemporaryFolder folder;
  EXPECT_THROW(check_figure_name(folder / "none/a.svg"), IoError);
  EXPECT_THROW(check_figure_name(folder / "none/a.png"), IoError);
}

TEST(FigureFile, SaysWhatIsMissingForPng) {
  const TemporaryFolder folder;
  const std::string path = std::getenv("PATH");
  setenv("PATH", folder.path().c_str(), 1);
  try {
    check_figure_name(folder / "a.png");
    ADD_FAILURE() << "not refused";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("librsvg2-bin"));
  }
  setenv("PATH", path.c_str(), 1);
}

}  // namespace
}  // namespace certify
