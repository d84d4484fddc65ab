// `certify export` as its users run it, on checkpoints that Python's torch has saved where there is
// one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "tests/support/certify_process.h"
#include "tests/support/source_dir.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;

constexpr const char* kPython = "/usr/bin/python3";

class Export : public testing::Test {
 protected:
  void SetUp() override {
    if (shell(fmt::format("{} -c 'import torch' 2>/dev/null", kPython)) != 0) {
      GTEST_SKIP() << "no torch in " << kPython;
    }
  }
  int shell(const std::string& command) {
    return std::system(fmt::format("cd '{}' && {}", folder_.path().string(), command).c_str());
  }
  /// Runs tests/models/learning/networks/resnet_reference.py: `save` or `compare`.
  int reference(const std::string& arguments) {
    return shell(fmt::format("{} {}/tests/models/learning/networks/resnet_reference.py {}", kPython,
                             CERTIFY_SOURCE_DIR, arguments));
  }
  ProcessResult export_network(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "export");
    return run_certify(arguments, {folder_.path(), {}, 0});
  }
  TemporaryFolder folder_;
};

TEST_F(Export, GivesTheLogitsOfThePythonNetworkThatWasSaved) {
  for (const std::string arch : {"cifar_resnet110", "preactresnet18", "wrn-28-10"}) {
    ASSERT_EQ(reference("save " + arch), 0);
    const auto result = export_network({"--checkpoint", "saved.pth.tar", "--out", "model.pt"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out,
                HasSubstr("10 classes; weights from state_dict behind \"1.\"; images are "));
    EXPECT_EQ(reference("compare " + arch), 0) << arch;
  }
}

TEST_F(Export, WritesACardThatRunsGoBy) {
  ASSERT_EQ(reference("save cifar_resnet20 --plain"), 0);
  const auto result = export_network({"--checkpoint", "saved.pth.tar", "--half", "--dataset",
                                      "cifar10", "--sigma", "0.5", "--out", "m.pt"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("m.pt: resnet20, 10 classes; weights from state_dict"));
  const auto card = nlohmann::json::parse(read_file(folder_ / "m.json"));
  EXPECT_EQ(card.at("sha256"), sha256_of_file(folder_ / "m.pt"));
  const auto models = run_certify({"models", "--model-dir", "."}, {folder_.path(), {}, 0});
  EXPECT_THAT(models.out, HasSubstr("m"));
}

TEST(ExportUntrained, WritesANetworkWhoseLogitsStayInRangeAndItsCard) {
  const TemporaryFolder folder;
  const auto exported = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"export", "--out", "m.pt"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_certify(arguments, {folder.path(), {}, 0});
  };
  const auto result = exported(
      {"--untrained", "--arch", "resnet110", "--half", "--dataset", "cifar10", "--sigma", "0.25"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "m.pt: resnet110, 10 classes\n");
  const auto card = nlohmann::json::parse(read_file(folder / "m.json"));
  EXPECT_EQ(card.at("untrained"), true);
  const std::string first = sha256_of_file(folder / "m.pt");
  const auto run =
      run_certify({"--dataset", "shapes", "--model", "m.pt", "--sigma", "0.25", "--n", "20", "--n0",
                   "20", "--count", "1", "--scores", "matrix", "--out", "R", "--quiet"},
                  {folder.path(), {}, 0});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  ASSERT_EQ(exported({"--untrained", "--arch", "resnet110", "--half"}).exit_code, 0);
  EXPECT_EQ(sha256_of_file(folder / "m.pt"), first) << "the same network each time";
}

TEST(ExportUntrained, NeedsAnArchitectureAndNoCheckpoint) {
  const TemporaryFolder folder;
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{}, {"--untrained"}, {"--untrained", "--checkpoint", "c.pth"}}) {
    std::vector<std::string> arguments{"export", "--out", "m.pt"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(run_certify(arguments, {folder.path(), {}, 0}).exit_code, 64);
  }
}

TEST_F(Export, DoesNotWriteOverItsCheckpoint) {
  ASSERT_EQ(reference("save cifar_resnet20"), 0);
  const std::string before = read_file(folder_ / "saved.pth.tar");
  const auto result = export_network({"--checkpoint", "saved.pth.tar", "--out", "./saved.pth.tar"});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err, HasSubstr("is the checkpoint"));
  EXPECT_EQ(read_file(folder_ / "saved.pth.tar"), before);
  EXPECT_EQ(export_network({"--checkpoint", "saved.pth.tar", "--out", "new/m.pt"}).exit_code, 0);
}

TEST_F(Export, ReadsSafetensorsAndTheOldFormatOfTorchSave) {
  ASSERT_EQ(reference("save cifar_resnet20"), 0);
  const std::string convert =
      "import json, struct, torch; s = torch.load('saved.pth.tar')['state_dict']; "
      "torch.save(s, 'old.pth', _use_new_zipfile_serialization=False); h, d = {}, b''\n"
      "for k, v in s.items():\n"
      "    v = v.float(); b = v.numpy().tobytes(); "
      "h[k] = {'dtype': 'F32', 'shape': list(v.shape), 'data_offsets': [len(d), len(d) + len(b)]}; "
      "d += b\n"
      "h = json.dumps(h).encode(); open('w.safetensors', 'wb').write(struct.pack('<Q', len(h)) + h "
      "+ d)";
  folder_.write("convert.py", convert);
  ASSERT_EQ(shell(fmt::format("{} convert.py", kPython)), 0);
  for (const std::string file : {"old.pth", "w.safetensors"}) {
    const auto result = export_network({"--checkpoint", file, "--out", "model.pt"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("resnet20, 10 classes; weights from the file itself behind"));
    EXPECT_EQ(reference("compare cifar_resnet20"), 0) << file;
  }
}

}  // namespace
}  // namespace certify
