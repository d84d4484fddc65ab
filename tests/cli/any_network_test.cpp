// Networks as people have them: of several outputs, of a fixed batch, in 16 bits, in files that are
// none.

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "tests/cli/run_fixture.h"
#include "tests/support/source_dir.h"
#include "tests/support/zip_writer.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class AnyNetwork : public RunFixture {
 protected:
  static constexpr const char* kLogits = "x.flatten(1)[:, 1500:1510]";

  void take(const std::string& body) { write_torchscript(folder_ / "model.pt", body); }
  std::vector<std::string> job_in(const std::string& run, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--out", run});
    return job(more, "100");
  }
  std::string refusal(const std::vector<std::string>& more = {}) {
    const ProcessResult result = run(job_in("refused", more));
    EXPECT_EQ(result.exit_code, 65) << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "refused"));
    return result.err;
  }
  nlohmann::json manifest(const std::string& run) const {
    return nlohmann::json::parse(read(run + "/manifest.json"));
  }
  std::string samples_of(const std::string& body, const std::string& run,
                         const std::vector<std::string>& more = {}) {
    take(body);
    finish(job_in(run, more));
    return samples(run);
  }
};

TEST_F(AnyNetwork, TheLogitsAreTakenFromWhatItReturns) {
  const std::string logits = kLogits;
  const std::string counts = samples_of("return " + logits, "tensor");
  EXPECT_EQ(samples_of("return (x, " + logits + ")", "tuple"), counts);
  EXPECT_EQ(samples_of("return {'logits': " + logits + "}", "dict"), counts);
  const std::string two = "return {'aux': -" + logits + ", 'main': " + logits + "}";
  EXPECT_EQ(samples_of(two, "named", {"--output", "main"}), counts);
  EXPECT_EQ(manifest("named").at("settings").at("output"), "main");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("returned aux [2,10], main [2,10] for 2 images"),
                               HasSubstr("--output says which")));
  EXPECT_THAT(refusal({"--output", "logit"}), HasSubstr("the network returns aux [2,10], main"));
  const ProcessResult other = run(job_in("named", {"--output", "aux"}));
  EXPECT_EQ(other.exit_code, 65);
  EXPECT_THAT(other.err, HasSubstr(R"(output: "main" there, "aux" now)"));
}

TEST_F(AnyNetwork, TheSameOutputIsCertifiedAttackedAndDrawnAgain) {
  take(std::string("return (-") + kLogits + ", " + kLogits + ")");
  finish(job_in("R", {"--output", "1"}));
  finish({"attack", "R", "--count", "1", "--steps", "1", "--n", "50"});
  const ProcessResult again = finish({"verify", "R", "--resample", "2"});
  EXPECT_THAT(again.out + again.err, HasSubstr("drawn again"));
  const std::vector<std::string> learn{"learn-sigma", "--dataset", "shapes", "--count",  "2",
                                       "--model",     "model.pt",  "--init", "0.25",     "--epochs",
                                       "1",           "--out",     "S",      "--output", "1"};
  finish(learn);
}

TEST_F(AnyNetwork, AFixedBatchIsFilledUpAndSaid) {
  const std::string counts = samples_of(std::string("return ") + kLogits, "any");
  const std::string fixed = "return x.reshape([16, 3072])[:, 1500:1510]";
  EXPECT_EQ(samples_of(fixed, "fixed"), counts);
  const auto then = manifest("fixed");
  EXPECT_EQ(then.at("sessions").at(0).at("environment").at("network_batch"), 16);
  EXPECT_EQ(then.at("settings").at("batch").get<int>() % 16, 0) << "no rows are wasted";
  EXPECT_EQ(samples_of(fixed, "odd", {"--batch", "7"}), counts);
  EXPECT_THAT(run(job_in("said", {})).err, HasSubstr("takes batches of 16 only"));
  finish({"verify", "fixed", "--resample", "2"});
}

TEST_F(AnyNetwork, AFixedBatchShowsInRowsAndInLoopsToo) {
  const std::string counts = samples_of("return x.flatten(1)[:, 1500:1510]", "any");
  EXPECT_EQ(samples_of("return x.flatten(1)[:, 1500:1510].reshape([4, -1])", "rows"), counts);
  EXPECT_EQ(manifest("rows").at("sessions").at(0).at("environment").at("network_batch"), 4);
  EXPECT_EQ(samples_of("a, b, c = x.flatten(1)[:, 1500:1510].unbind()\n"
                       "    return torch.stack([a, b, c])",
                       "loop"),
            counts);
  EXPECT_EQ(manifest("loop").at("sessions").at(0).at("environment").at("network_batch"), 3);
  take("return x.flatten(1)[:, 1500:1510].mean(0, True)");
  EXPECT_THAT(refusal(), HasSubstr("returned a tensor [1,10] for 2 images"));
}

TEST_F(AnyNetwork, HowImagesLieInMemoryChangesNothing) {
  const std::string flat = "return x.flatten(1)[:, 1500:1510]";
  const std::string counts = samples_of(flat, "flatten");
  EXPECT_EQ(samples_of("return x.view([-1, 3072])[:, 1500:1510]", "view"), counts);
  EXPECT_EQ(samples_of("return x.view([-1, 3072])[:, 1500:1510]", "own", {"--precision", "own"}),
            counts);
  EXPECT_EQ(samples_of("n = x.size(0)\n"
                       "    return x.as_strided([n, 10], [3072, 1], 1500)",
                       "strides"),
            counts);
  // What is written to a view is written to the image.
  EXPECT_EQ(samples_of("x.view([-1, 3072]).mul_(2.0)\n    " + flat, "written"),
            samples_of("return (2.0 * x).flatten(1)[:, 1500:1510]", "doubled"));
}

TEST_F(AnyNetwork, AnAnswerThatIsBuiltInAnotherWayNowAndThenIsRefused) {
  take(
      "y = x.flatten(1)[:, 1500:1510]\n"
      "    a: Any = y\n"
      "    if bool(x.max() < 2.2):\n"
      "        a = (-y, y)\n"
      "    return a");
  const ProcessResult result = run(job_in("R", {"--output", "1", "--sigma", "1"}));
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_THAT(result.err, HasSubstr("returned one tensor ["));
}

TEST_F(AnyNetwork, ADamagedRecordIsSeen) {
  std::string bytes = read_file(std::filesystem::path(CERTIFY_SOURCE_DIR) /
                                "models/weights/shapes_cnn_sigma0.25.pt");
  char& weight = bytes[bytes.size() / 2];
  weight = static_cast<char>(weight ^ 1);
  folder_.write("model.pt", bytes);
  EXPECT_THAT(refusal(), HasSubstr("is damaged: its checksum is another"));
}

TEST_F(AnyNetwork, OneThatComputesIn16BitsIsCertifiedAsItIsWritten) {
  take(
      "w = torch.eye(3072)[:, 1500:1510].to(15)\n"
      "    return torch.matmul(x.flatten(1).to(15), w)");
  const ProcessResult result = finish(job_in("R"));
  EXPECT_THAT(result.err, HasSubstr("runs as it is written"));
  EXPECT_EQ(manifest("R").at("settings").at("precision"), "own");
  finish({"verify", "R", "--resample", "2"});
  lose_half("R");
  resume(job_in("R"));
  EXPECT_THAT(run(job_in("R2", {"--precision", "own"})).exit_code, 0);
  EXPECT_EQ(samples("R2"), samples("R"));
}

TEST_F(AnyNetwork, CompiledCodeIsNotLoadedUnasked) {
  folder_.write("model.pt",
                ZipWriter().add("net/data/aotinductor/model/a.wrapper.cpp", "int x;").bytes());
  int major = 0, minor = 0;
  const std::string version = run({"--version"}).out;
  const char* const libtorch = std::strstr(version.c_str(), "LibTorch ");
  ASSERT_NE(libtorch, nullptr) << version;
  ASSERT_EQ(std::sscanf(libtorch, "LibTorch %d.%d", &major, &minor), 2) << version;
  if (std::pair(major, minor) >= std::pair(2, 6)) {
    EXPECT_THAT(refusal(), AllOf(HasSubstr("compiled code"), HasSubstr("--allow-native-code")));
  } else {
    EXPECT_THAT(refusal(), HasSubstr("2.6 and newer have"));  // consent would not help
  }
  EXPECT_THAT(refusal({"--allow-native-code"}), Not(HasSubstr("--allow-native-code")));
  folder_.write("theirs.json", R"({"allow_native_code": true, "model": "model.pt"})");
  const ProcessResult file = run(job_in("refused", {"--config", "theirs.json"}));
  EXPECT_EQ(file.exit_code, 64);
  EXPECT_THAT(file.err, HasSubstr("--allow-native-code is taken from the command line only"));
  const ProcessResult variable =
      run_certify(job_in("refused"), {folder_.path(), {{"CERTIFY_ALLOW_NATIVE_CODE", "1"}}, 0});
  EXPECT_EQ(variable.exit_code, 64);
}

TEST_F(AnyNetwork, AFileThatIsNoneIsToldWhatItIsAndWhatToDo) {
  folder_.write("model.pt", ZipWriter().add("m/data.pkl", "x").add("m/version", "3").bytes());
  EXPECT_THAT(refusal(), AllOf(HasSubstr("a file of torch.save()"), HasSubstr("certify export")));
  folder_.write("model.pt",
                ZipWriter().add("p/archive_format", "pt2").add("p/models/m.json", "{}").bytes());
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr("torch.export.save()"), HasSubstr("aoti_compile_and_package")));
}

TEST_F(AnyNetwork, SigmaInBytesIsAskedAbout) {
  EXPECT_THAT(finish(job_in("R", {"--sigma", "12"})).err, HasSubstr("--sigma 0.04706, meant?"));
  EXPECT_THAT(finish(job_in("S")).err, Not(HasSubstr("meant?")));
}

TEST_F(AnyNetwork, ThatIsRightByChanceIsWarnedOfOnce) {
  take("return x.flatten(1)[:, 1500:1510] * 0.0 + torch.arange(10)");
  const ProcessResult result = run({"--dataset", "shapes", "--sigma", "0.25", "--model", "model.pt",
                                    "--n", "30", "--skip", "20", "--out", "R"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::string words = "which is about chance";
  const auto first = result.err.find(words);
  ASSERT_NE(first, std::string::npos) << result.err;
  EXPECT_EQ(result.err.find(words, first + 1), std::string::npos) << result.err;
}

}  // namespace
}  // namespace certify
