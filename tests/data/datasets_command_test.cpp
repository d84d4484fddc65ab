#include "apps/certify/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "data/dataset.h"
#include "data/images/rgb_image.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using ::testing::HasSubstr;

/// What `certify datasets …` prints on stdout.
std::string run(std::vector<std::string> arguments) {
  CLI::App app;
  add_datasets_command(app);
  arguments.insert(arguments.begin(), "datasets");
  std::reverse(arguments.begin(), arguments.end());  // CLI11 wants a vector back to front
  ::testing::internal::CaptureStdout();
  try {
    app.parse(arguments);
  } catch (...) {
    ::testing::internal::GetCapturedStdout();
    throw;
  }
  return ::testing::internal::GetCapturedStdout();
}

class DatasetsCommand : public ::testing::Test {
 protected:
  void SetUp() override { ::unsetenv("CERTIFY_DATA"); }
  void TearDown() override { ::unsetenv("CERTIFY_DATA"); }
  TemporaryFolder folder_;
};

TEST_F(DatasetsCommand, ListsEveryDataSetAndWhereItIsLookedFor) {
  const std::string out = run({"--data-dir", folder_.path().string()});
  EXPECT_THAT(out, HasSubstr("shapes"));
  EXPECT_THAT(out, HasSubstr("embedded"));
  EXPECT_THAT(out, HasSubstr("cifar10"));
  EXPECT_THAT(out, HasSubstr("cifar-10-python.tar.gz), looked in " + folder_.path().string()));
}

TEST_F(DatasetsCommand, TellsHowToNameAFolder) {
  EXPECT_THAT(run({}), HasSubstr("give --data-dir DIR or set CERTIFY_DATA"));
}

TEST_F(DatasetsCommand, HonoursTheEnvironment) {
  folder_.write("test_batch.bin", "");
  ::setenv("CERTIFY_DATA", folder_.path().c_str(), 1);
  EXPECT_THAT(run({}), HasSubstr("found " + (folder_ / "test_batch.bin").string()));
}

TEST_F(DatasetsCommand, ExportsASplit) {
  const auto file = folder_.path() / "out" / "test_batch.bin";
  const std::string out = run(
      {"--export", (folder_.path() / "out").string(), "--dataset", "shapes", "--split", "test"});
  EXPECT_EQ(out, file.string() + "\n");
  EXPECT_EQ(sha256_of_file(file), open_dataset({.name = "shapes", .split = "test"})->sha256());
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out" / "data_batch_1.bin"));
}

TEST_F(DatasetsCommand, ExportsBothSplitsByDefault) {
  run({"--export", folder_.path().string(), "--dataset", "shapes"});
  EXPECT_EQ(std::filesystem::file_size(folder_.path() / "data_batch_1.bin"), 30'730'000U);
  EXPECT_EQ(std::filesystem::file_size(folder_.path() / "test_batch.bin"), 3'073'000U);
}

TEST_F(DatasetsCommand, ExportsValToTestOn) {
  RgbImage image = black_image(32, 32);
  for (const char* split : {"train", "val", "test"}) {
    image.bytes[0] += 100;
    folder_.write(fmt::format("in/{}/a/1.png", split), encode_png(image));
  }
  const std::string out = (folder_ / "out").string();
  const std::vector<std::string> job{"--export",     out,          "--dataset",
                                     "image-folder", "--data-dir", (folder_ / "in").string()};
  const auto with = [&](std::vector<std::string> splits) {
    std::vector<std::string> all = job;
    for (std::string& split : splits) all.insert(all.end(), {"--split", std::move(split)});
    return all;
  };
  run(with({"train", "val"}));
  EXPECT_EQ(read_file(folder_ / "out/data_batch_1.bin")[1], '\x64');
  EXPECT_EQ(read_file(folder_ / "out/test_batch.bin")[1], '\xc8');
  EXPECT_THROW(run(with({"test", "val"})), InputError);
}

TEST_F(DatasetsCommand, RefusesAnExportOfNothing) {
  EXPECT_THROW(run({"--export", folder_.path().string()}), InputError);
  EXPECT_THROW(run({"--export", folder_.path().string(), "--dataset", "no-such-set"}), InputError);
  EXPECT_THROW(run({"--dataset", "shapes"}), CLI::RequiresError);
}

}  // namespace
}  // namespace certify
