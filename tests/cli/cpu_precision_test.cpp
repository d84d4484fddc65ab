// --precision on a CPU as a user meets it: what a run records, the same counts however it is split,
// and refusals.

#include <nlohmann/json.hpp>

#include "core/base/npy.h"
#include "models/engine/kernels.h"
#include "models/engine/quantization.h"
#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

class CpuPrecision : public RunFixture {
 protected:
  CpuPrecision() {
    // It takes the place of the fixture's, which has no convolution.
    write_residual_torchscript(folder_ / "model.pt");
  }

  std::vector<std::string> precisions() const {
    std::vector<std::string> usable{"fp32", "int8"};
    if (!kernels_of(Arithmetic::kBf16).empty()) usable.emplace_back("bf16-avx512");
    if (!kernels_of(Arithmetic::kBf16Amx).empty()) usable.emplace_back("bf16-amx");
    return usable;
  }
  nlohmann::json settings(const std::string& run) const {
    return nlohmann::json::parse(read(run + "/manifest.json"))["settings"];
  }
};

TEST_F(CpuPrecision, CountsDoNotDependOnWorkersBatchShardsOrInterruption) {
  for (const std::string& precision : precisions()) {
    const auto out = [&](const std::string& name) { return precision + name; };
    finish(job({"--precision", precision, "--workers", "1", "--out", out("A")}, "200"));
    const std::string whole = samples(out("A"));
    EXPECT_EQ(settings(out("A"))["precision"], precision);
    finish(job({"--precision", precision, "--workers", "3", "--out", out("B")}, "200"));
    EXPECT_EQ(samples(out("B")), whole) << precision;
    lose_half(out("B"));
    resume(job({"--precision", precision, "--out", out("B")}, "200"));
    EXPECT_EQ(samples(out("B")), whole) << precision;
    finish(job({"--precision", precision, "--batch", "7", "--out", out("C")}, "200"));
    EXPECT_EQ(samples(out("C")), whole) << precision;
    for (const char* shard : {"0/2", "1/2"}) {
      finish(job({"--precision", precision, "--shard", shard, "--out", out(shard)}, "200"));
    }
    finish({"merge", out("0/2"), out("1/2"), "--out", out("M")});
    EXPECT_EQ(samples(out("M")), whole) << precision;
    EXPECT_THAT(finish({"verify", out("A"), "--resample", "3"}).out, HasSubstr("none overclaims"))
        << precision;
  }
}

TEST_F(CpuPrecision, Bf16IsWhatTheProcessorHasOfIt) {
  const bool amx = !kernels_of(Arithmetic::kBf16Amx).empty();
  const bool avx2 = !kernels_of(Arithmetic::kBf16).empty();
  const auto result = run(job({"--precision", "bf16", "--out", "R"}));
  if (!amx && !avx2) {
    EXPECT_EQ(result.exit_code, 64);
    EXPECT_THAT(result.err, HasSubstr("this processor has no AVX2"));
    return;
  }
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(settings("R")["precision"], amx ? "bf16-amx" : "bf16-avx512");
}

TEST_F(CpuPrecision, Int8KeepsTheScalesThatItsFirstImagesSet) {
  const auto first = finish(job({"--precision", "int8", "--calibration", "9", "--out", "R"}));
  EXPECT_THAT(first.err, HasSubstr("int8: scales set by 9 noisy images"));
  const auto kept = settings("R");
  EXPECT_THAT(kept["calibration"].get<std::string>(), testing::EndsWith(":9"));
  EXPECT_GT(kept["int8_ranges"].get<std::string>().size(), 8U);
  lose_half("R");
  resume(job({"--precision", "int8", "--calibration", "50", "--out", "R"}));
  EXPECT_EQ(settings("R"), kept);
  finish({"recertify", "R", "--alpha", "0.01", "--out", "S"});
  EXPECT_THAT(finish({"verify", "R"}).out, HasSubstr("none overclaims"));
}

TEST_F(CpuPrecision, CalibrationSeesImagesAsTheNetworkDoes) {
  // Red images, whose blue would fill the range: it is divided by a hundredth.
  constexpr std::int64_t kImages = 4, kSide = 8;
  std::string pixels, labels;
  for (std::int64_t pixel = 0; pixel < kImages * kSide * kSide; ++pixel) pixels += "\xff\0\0"s;
  labels.assign(kImages * sizeof(std::int64_t), '\0');
  folder_.write("x.npy",
                npy_header("|u1", std::vector{kImages, kSide, kSide, std::int64_t{3}}) + pixels);
  folder_.write("y.npy", npy_header("<i8", std::vector{kImages}) + labels);
  finish({"--dataset", "arrays",      "--images",    "x.npy",          "--labels",
          "y.npy",     "--model",     "model.pt",    "--sigma",        "0.001",
          "--noise",   "gaussian",    "--normalize", "0,0,0/1,1,0.01", "--n",
          "20",        "--precision", "int8",        "--out",          "R"});
  const Range input = parse_ranges(settings("R")["int8_ranges"])[0][0];
  EXPECT_GE(input.most, 1);
  EXPECT_LT(input.most, 1.1);  // 100 where red is taken for blue
  // Arrays have the same images whatever split is asked for: those that are certified.
  EXPECT_EQ(settings("R")["calibration"], "test:4");
  EXPECT_THAT(read("R/report.html"), HasSubstr("which is the split that is certified"));
}

TEST_F(CpuPrecision, Int8AsAFileOfItsOwnIsTheClassifierOfTheRun) {
  finish(job({"--precision", "int8", "--normalize", "0.4,0.5,0.6/0.2,0.2,0.3", "--out", "R"}));
  EXPECT_THAT(finish({"export", "--quantize", "R", "--out", "new/q.pt"}).out,
              HasSubstr("--precision int8 --normalize 0.4,0.5,0.6/0.2,0.2,0.3 runs it"));
  const auto of_file = [&](const std::string& out, std::vector<std::string> more) {
    more.insert(more.end(), {"--model", "new/q.pt", "--out", out});
    return run(job(more));
  };
  // Nothing is calibrated, whatever is asked for.
  const auto again = of_file("S", {"--precision", "int8", "--calibration", "1", "--workers", "3",
                                   "--normalize", "0.4,0.5,0.6/0.2,0.2,0.3"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, AllOf(HasSubstr("int8: scales of the file"),
                               HasSubstr("--calibration: sets nothing here")));
  EXPECT_EQ(samples("S"), samples("R"));
  EXPECT_EQ(settings("S")["int8_ranges"], settings("R")["int8_ranges"]);
  EXPECT_EQ(settings("S")["calibration"], "file");
  EXPECT_THAT(finish({"verify", "S", "--resample", "2"}).out, HasSubstr("none overclaims"));

  const auto otherwise = of_file("T", {"--precision", "int8"});
  EXPECT_EQ(otherwise.exit_code, 64);
  EXPECT_THAT(otherwise.err, HasSubstr("normalised by --normalize 0.4,0.5,0.6/0.2,0.2,0.3"));
  for (const char* precision : {"fp32", "own"}) {
    const auto refused = of_file("T", {"--precision", precision});
    EXPECT_EQ(refused.exit_code, 65);
    EXPECT_THAT(refused.err, HasSubstr("is a network of 8 bits, which runs at --precision int8"));
  }
}

TEST_F(CpuPrecision, OnlyARunOfEightBitsHasSuchAFile) {
  const auto refused = [&](std::vector<std::string> arguments, int exit_code) {
    arguments.insert(arguments.begin(), {"export", "--out", "q.pt", "--quantize"});
    const auto result = run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "q.pt"));
    return result.err;
  };
  finish(job({"--out", "F"}, "20"));
  EXPECT_THAT(refused({"F"}, 65), HasSubstr("is a run at fp32; make one with --precision int8"));
  EXPECT_THAT(refused({"nothing"}, 65), HasSubstr("nothing: no run here"));
  finish(job({"--precision", "int8", "--out", "R"}, "20"));
  EXPECT_THAT(refused({"R", "--arch", "resnet20"}, 64), HasSubstr("the run says all but --out"));
  const auto result = run({"export", "--quantize", "R", "--out", "model.pt"});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err, HasSubstr("is the network of the run"));
  folder_.write("q.d/file", "");
  EXPECT_EQ(run({"export", "--quantize", "R", "--out", "q.d"}).exit_code, 64);
  std::filesystem::rename(folder_ / "model.pt", folder_ / "moved.pt");
  EXPECT_THAT(refused({"R"}, 65), HasSubstr("--model says where it is"));
  finish({"export", "--quantize", "R", "--model", "moved.pt", "--out", "good.pt"});
  const std::string good = read("good.pt");
  // Another run's ranges: the good file stays.
  const std::string of_run = read("R/manifest.json");
  auto manifest = nlohmann::ordered_json::parse(of_run);
  const std::string ranges = settings("R")["int8_ranges"];
  manifest["settings"]["int8_ranges"] = ranges.substr(0, 8);
  folder_.write("R/manifest.json", manifest.dump());
  EXPECT_THAT(refused({"R", "--model", "moved.pt"}, 65), HasSubstr("not those that its digest"));
  manifest.erase("digest");  // as in runs from before there was one
  folder_.write("R/manifest.json", manifest.dump());
  EXPECT_EQ(run({"export", "--quantize", "R", "--model", "moved.pt", "--out", "good.pt"}).exit_code,
            65);
  EXPECT_EQ(read("good.pt"), good);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "good.pt.unchecked"));
  folder_.write("R/manifest.json", of_run);
  write_torchscript(folder_ / "model.pt", "return x.flatten(1)[:, :10]");
  EXPECT_THAT(refused({"R"}, 65), HasSubstr("model.pt: is another file than the run's"));
}

TEST_F(CpuPrecision, ANetworkWithoutConvolutionsIsRefused) {
  write_torchscript(folder_ / "plain.pt", "return x.flatten(1)[:, :10]");
  for (const char* precision : {"int8", "bf16"}) {
    const auto result = run(job({"--model", "plain.pt", "--precision", precision, "--out", "R"}));
    EXPECT_NE(result.exit_code, 0);
    EXPECT_THAT(result.err, testing::AnyOf(HasSubstr("no convolution that can be computed in"),
                                           HasSubstr("this processor has no")));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "R"));
  }
}

}  // namespace
}  // namespace certify
