#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/certify_process.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

class DoctorCommand : public testing::Test {
 protected:
  std::string examine(const std::map<std::string, std::string>& environment = {}) {
    const ProcessResult result = run_certify({"doctor"}, {folder_.path(), environment});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  /// A program that only says so, first in PATH. @return the PATH
  std::string with_program(const std::string& name, const std::string& line, int code = 0) {
    const std::string before = code == 0 ? "" : "echo first\n";
    folder_.write("bin/" + name, "#!/bin/sh\n" + before + "echo '" + line + "'\nexit " +
                                     std::to_string(code) + "\n");
    std::filesystem::permissions(folder_ / "bin" / name, std::filesystem::perms::owner_all);
    return (folder_ / "bin").string() + ":" + std::getenv("PATH");
  }

  TemporaryFolder folder_;
};

TEST_F(DoctorCommand, SaysWhatIsHereInOneScreen) {
  const std::string text = examine();
  for (const char* about : {"certify ", "system ", "processor ", "LibTorch ", "networks ",
                            "data sets ", "Slurm ", "figures "}) {
    EXPECT_THAT(text, ContainsRegex(std::string("(^|\n)") + about)) << text;
  }
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 24);
}

TEST_F(DoctorCommand, FindsDataSetsNetworksAndSlurm) {
  folder_.write("data/mnist/t10k-images-idx3-ubyte", "");
  const std::string text = examine({{"CERTIFY_DATA", (folder_ / "data").string()},
                                    {"PATH", with_program("sbatch", "slurm 22.05.8")}});
  EXPECT_THAT(text, HasSubstr("shapes (embedded)"));
  EXPECT_THAT(text, ContainsRegex(R"(mnist \(.*t10k-images-idx3-ubyte\))"));
  EXPECT_THAT(text, HasSubstr("slurm 22.05.8"));
}

TEST_F(DoctorCommand, ShowsWhatLibTorchSaysWhileItIsLoaded) {
  EXPECT_THAT(examine({{"OMP_NUM_THREADS", "many"}}), ContainsRegex("(^|\n)LibTorch "));
}

TEST_F(DoctorCommand, SaysTheLastWordOfAnSbatchThatFails) {
  const std::string text = examine({{"PATH", with_program("sbatch", "no configuration", 1)}});
  EXPECT_THAT(text, HasSubstr("sbatch cannot be used: no configuration\n"));
}

TEST_F(DoctorCommand, SaysWhatToDoAboutWhatIsMissing) {
  folder_.write("models/broken.json", "{");
  folder_.write("models/broken.pt", "");
  const std::string text = examine(
      {{"CERTIFY_MODELS", (folder_ / "models").string()}, {"PATH", folder_.path().string()}});
  EXPECT_THAT(text, HasSubstr("broken.json"));
  EXPECT_THAT(text, HasSubstr("no sbatch"));
  EXPECT_THAT(text, HasSubstr("librsvg2-bin"));
}

}  // namespace
}  // namespace certify
