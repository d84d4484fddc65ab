// The main job as a user runs it: outputs, resuming, messages and exit codes.

#include <csignal>
#include <thread>

#include <nlohmann/json.hpp>

#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using MainJob = RunFixture;

nlohmann::json manifest(const std::string& text) { return nlohmann::json::parse(text); }

TEST_F(MainJob, WritesTheWholeRunAndPrintsTheTable) {
  const auto result = finish(job({"--out", "R"}));
  EXPECT_THAT(result.out, AllOf(HasSubstr("0.00"), HasSubstr("ACR"), HasSubstr("R/report.html")));
  EXPECT_THAT(result.err, AllOf(HasSubstr("in units of the [0,1] input"), Not(HasSubstr("ACR"))));
  for (const char* name : {"manifest.json", "samples.jsonl", "certificates.tsv", "curve.tsv",
                           "curve.svg", "report.html"}) {
    EXPECT_GT(read(std::string("R/") + name).size(), 20u) << name;
  }
  EXPECT_THAT(read("R/certificates.tsv"),
              testing::StartsWith("idx\tlabel\tpredict\tradius\tcorrect\ttime\t"));
  const auto m = manifest(read("R/manifest.json"));
  EXPECT_EQ(m["state"], "complete");
  EXPECT_EQ(m["images"], 20);
  EXPECT_EQ(m["restarts"], 0);
  EXPECT_EQ(m["settings"]["n0"], 100);
  EXPECT_EQ(m["settings"]["alpha"], 0.001);
  EXPECT_EQ(m["settings"]["model_sha256"], sha256_of_file(folder_ / "model.pt"));
}

TEST_F(MainJob, DefaultFolderNamesDataModelSigmaAndN) {
  finish(job());
  EXPECT_GT(read("runs/shapes-model-s0.25-n500/samples.jsonl").size(), 0u);
}

TEST_F(MainJob, AFinishedRunIsNotSampledAgain) {
  finish(job({"--out", "R"}));
  const std::string before = read("R/samples.jsonl"), rows = read("R/certificates.tsv");
  EXPECT_THAT(resume(job({"--out", "R"})).err, HasSubstr("20 images are done"));
  EXPECT_EQ(read("R/samples.jsonl"), before);
  EXPECT_EQ(read("R/certificates.tsv"), rows);
}

TEST_F(MainJob, OtherSettingsAreRefusedByNameAndFreshStartsOver) {
  finish(job({"--out", "R"}));
  const std::string before = read("R/samples.jsonl");
  const auto refused = run(job({"--out", "R", "--alpha", "0.01", "--seed", "3"}));
  EXPECT_EQ(refused.exit_code, 65);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("alpha: 0.001 there, 0.01 now"), HasSubstr("seed: 0 there, 3 now")));
  EXPECT_EQ(read("R/samples.jsonl"), before);
  finish(job({"--out", "R", "--seed", "3", "--fresh"}));
  EXPECT_NE(read("R/samples.jsonl"), before);
}

TEST_F(MainJob, SpeedOptionsMayDifferWhenResuming) {
  finish(job({"--out", "R", "--workers", "1"}));
  const std::string whole = samples("R");
  lose_half("R");
  resume(job({"--out", "R", "--workers", "3"}));
  EXPECT_EQ(samples("R"), whole);
  const auto m = manifest(read("R/manifest.json"));
  EXPECT_EQ(m["restarts"], 1);
  EXPECT_EQ(m["sessions"].size(), 2u);
}

TEST_F(MainJob, ARunKeepsItsBatchWhenResuming) {
  finish(job({"--out", "R", "--batch", "7"}));
  lose_half("R");
  resume(job({"--out", "R"}));
  const auto m = manifest(read("R/manifest.json"));
  EXPECT_EQ(m["settings"]["batch"], 7);
  EXPECT_EQ(m["sessions"].size(), 2u);
  const auto result = run(job({"--out", "R", "--batch", "9"}));
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_THAT(result.err, HasSubstr("batch: 7 there, 9 now"));
}

TEST_F(MainJob, CohensSpellingIsUnderstood) {
  finish({"--dataset", "shapes", "--sigma", "0.25", "--model", "model.pt", "--N0", "50", "--N",
          "200", "--skip", "100", "--out", "R"});
  const auto m = manifest(read("R/manifest.json"));
  EXPECT_EQ(m["settings"]["n0"], 50);
  EXPECT_EQ(m["settings"]["n"], 200);
}

TEST_F(MainJob, SelectionComesFromN0FromTheSameSamplesOrFromTheLabel) {
  finish(job({"--out", "A", "--n0", "0"}));
  finish(job({"--out", "B", "--select", "label"}));
  const auto a = manifest(read("A/manifest.json")), b = manifest(read("B/manifest.json"));
  EXPECT_EQ(a["settings"]["select"], "same");
  EXPECT_EQ(a["settings"]["n0"], 0);
  EXPECT_EQ(b["settings"]["select"], "label");
  EXPECT_EQ(samples("A"), samples("B")) << "the same noise, whatever is made of it";
}

TEST_F(MainJob, PredictWritesClassesAndNoRadii) {
  auto arguments = job({"--out", "P"});
  arguments.insert(arguments.begin(), "predict");
  const auto result = finish(arguments);
  EXPECT_THAT(result.out, HasSubstr("abstained"));
  EXPECT_THAT(read("P/predictions.tsv"), testing::StartsWith("idx\tlabel\tpredict\tcorrect\ttime"));
}

TEST_F(MainJob, JsonLogsAreOneObjectALine) {
  const auto result = finish(job({"--out", "R", "--log-format", "json"}));
  std::istringstream lines(result.err);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto entry = nlohmann::json::parse(line);
    EXPECT_TRUE(entry.contains("level") && entry.contains("message")) << line;
  }
  EXPECT_GT(count, 0);
}

TEST_F(MainJob, QuietSaysNothingWhenAllIsWell) {
  EXPECT_EQ(finish(job({"--quiet"}, "1000")).err, "");
}

TEST_F(MainJob, ASecondProcessIsLockedOut) {
  CertifyProcess first(job({"--out", "R"}, "200000"), {folder_.path(), {}, 0});
  while (first.running() && !std::filesystem::exists(folder_ / "R/samples.jsonl")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const auto second = run(job({"--out", "R"}, "200000"));
  EXPECT_EQ(second.exit_code, 73) << second.err;
  EXPECT_THAT(second.err, HasSubstr("being written by process"));
}

TEST_F(MainJob, NonFiniteLogitsAreCountedAndNeverCertify) {
  write_torchscript(folder_ / "model.pt", "return x.flatten(1)[:, :10] * float('nan')");
  const auto result = finish(job({"--out", "R"}));
  EXPECT_THAT(result.err, HasSubstr("20 of 20 images have no valid sample: none of their logits"));
  EXPECT_EQ(manifest(read("R/manifest.json"))["invalid_samples"], 20 * 600);
  EXPECT_THAT(result.out, HasSubstr("20"));
  EXPECT_THAT(certificates("R"), HasSubstr("\t-1\t0.0\t0"));
}

TEST_F(MainJob, WarnsBeforeSamplingWhenNoImageCanBeCertified) {
  const auto result = finish(job({"--out", "R"}, "9"));
  EXPECT_THAT(result.err, HasSubstr("the smallest n that can certify is 10"));  // ½ⁿ ≤ 0.001
}

TEST_F(MainJob, WarnsWhenTheAccuracyIsChance) {
  write_torchscript(folder_ / "model.pt",
                    "return torch.cat([x[:, :, 0, 0] * 0.0, x.flatten(1)[:, :7] * 0.0 + 1.0], 1)");
  EXPECT_THAT(finish(job({"--skip", "20", "--out", "R"})).err,
              AllOf(HasSubstr("all are one class"), HasSubstr("--normalize")));
}

TEST_F(MainJob, TheModelsCardSaysItsNormalisation) {
  folder_.write("model.json", R"({"dataset":"shapes","sigma":0.25,"normalization":"0.5/0.25"})");
  const auto carded = finish(job({"--out", "R"}, "100"));
  EXPECT_THAT(carded.err, HasSubstr("normalisation: 0.5/0.25 (model.json)"));
  EXPECT_EQ(manifest(read("R/manifest.json"))["settings"]["normalize"], "0.5/0.25");
  const auto typed = finish(job({"--normalize", "none", "--out", "S"}, "100"));
  EXPECT_THAT(typed.err, HasSubstr("--normalize none: model.json says 0.5/0.25"));
  EXPECT_EQ(manifest(read("S/manifest.json"))["settings"]["normalize"], "none");
  folder_.write("model.json", R"({"dataset":"shapes","sigma":0.25,"normalization":"inside"})");
  EXPECT_THAT(finish(job({"--normalize", "0.5/0.25", "--out", "T"}, "100")).err,
              HasSubstr("says that it is inside the model"));
}

TEST_F(MainJob, WhatIsSetForOtherDataDoesNotKeepVerifyFromTheLabels) {
  finish(job({"--out", "R"}, "100"));
  const auto verified =
      run_certify({"verify", "R"}, {folder_.path(), {{"CERTIFY_RESIZE", "64"}}, 0});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_THAT(verified.err, Not(HasSubstr("labels are not checked")));
}

TEST_F(MainJob, AFinishedRunThatWasChangedIsNotWrittenAnew) {
  finish(job({"--out", "R"}, "100"));
  const std::string rows = read("R/certificates.tsv");
  auto json = manifest(read("R/manifest.json"));
  json["digest"] = std::string(64, 'a');
  folder_.write("R/manifest.json", json.dump());
  folder_.write("R/certificates.tsv", "changed, too");
  const auto refused = run(job({"--out", "R"}, "100"));
  EXPECT_EQ(refused.exit_code, 65);
  EXPECT_THAT(refused.err, HasSubstr("changed since it was complete"));
  EXPECT_EQ(read("R/certificates.tsv"), "changed, too");
}

struct BadInput {
  const char* what;
  std::vector<std::string> arguments;
  int exit_code;
  const char* message;
};

TEST_F(MainJob, BadInputGetsAClearErrorAndItsExitCode) {
  replace_file(folder_ / "broken.pt", "PK not really");
  write_torchscript(folder_ / "three.pt", "return x[:, :, 0, 0]");
  write_torchscript(folder_ / "gray.pt", "return x.view(-1, 1, 28, 28).flatten(1)[:, :10]");
  replace_file(folder_ / "test_batch.bin", std::string(1000, '\0'));
  const auto model = [](const char* file) {
    return std::vector<std::string>{"--dataset", "shapes", "--sigma", "0.25", "--model", file};
  };
  const auto with = [&](std::initializer_list<const char*> options) {
    auto arguments =
        std::vector<std::string>{"--dataset", "shapes", "--model", "model.pt", "--out", "R"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return arguments;
  };
  // Every option's own limits: tests/configs/option_values_test.cpp.
  const std::vector<BadInput> cases{
      {"nothing", {}, 64, "First run:"},
      {"no data set", {"--n", "10"}, 64, "--dataset and --sigma are needed"},
      {"unknown option", {"--sgima", "1"}, 64, "--sgima"},
      {"unknown subcommand", {"cretify"}, 64, "cretify"},
      {"no sigma", {"--dataset", "shapes"}, 64, "--sigma"},
      {"sigma nan", with({"--sigma", "nan"}), 64, "--sigma nan"},
      {"alpha 1", with({"--sigma", "1", "--alpha", "1"}), 64, "--alpha 1"},
      {"n half", with({"--sigma", "1", "--n", "1.5"}), 64, "1.5"},
      {"select n0 without", with({"--sigma", "1", "--n0", "0", "--select", "n0"}), 64,
       "--select same"},
      {"method", with({"--sigma", "1", "--method", "magic"}), 64, "magic"},
      {"method, nearly", with({"--sigma", "1", "--method", "cohn"}), 64,
       "did you mean cohen? There is"},
      {"normalisation of bytes", with({"--sigma", "1", "--normalize", "123/58"}), 64,
       "divide them by 255"},
      {"a file for a folder", with({"--sigma", "1", "--out", "model.pt"}), 64,
       "--out model.pt: is a file"},
      {"shard", with({"--sigma", "1", "--shard", "3/3"}), 64, "--shard 3/3"},
      {"start", with({"--sigma", "1", "--start", "1000"}), 64, "1000"},
      {"skip 0", with({"--sigma", "1", "--skip", "0"}), 64, "skip"},
      {"split", with({"--sigma", "1", "--split", "val"}), 64, "val"},
      {"normalize", with({"--sigma", "1", "--normalize", "0.5"}), 64, "MEAN/STD"},
      {"device", with({"--sigma", "1", "--device", "tpu"}), 64, "--device tpu"},
      {"precision", with({"--sigma", "1", "--device", "cpu", "--precision", "fp16"}), 64,
       "--precision fp16: on the CPU there are fp32, bf16 (bf16-avx512, bf16-amx), int8 and own"},
      {"data set", {"--dataset", "cifar11", "--sigma", "1"}, 64, "cifar11"},
      {"no data", {"--dataset", "cifar10", "--data-dir", "nowhere", "--sigma", "1"}, 65, "nowhere"},
      {"truncated data",
       {"--dataset", "cifar10", "--data-dir", ".", "--sigma", "1"},
       65,
       "test_batch.bin: 1000 bytes, expected 30730000"},
      {"no fitting model", {"--dataset", "shapes", "--sigma", "0.777"}, 65, "no model for shapes"},
      {"model missing", model("none.pt"), 65, "none.pt: no such model file"},
      {"model corrupt", model("broken.pt"), 65, "broken.pt: not a network"},
      {"model classes", model("three.pt"), 65,
       "three.pt: answers with 3 classes, but shapes has 10"},
      {"model shape", model("gray.pt"), 65, "gray.pt: does not take a batch"},
      {"out is a file", with({"--sigma", "1", "--n", "10", "--count", "1", "--out", "model.pt/R"}),
       74, "model.pt"},
  };
  for (const BadInput& bad : cases) {
    const auto result = run(bad.arguments);
    EXPECT_EQ(result.exit_code, bad.exit_code) << bad.what << ": " << result.err;
    EXPECT_THAT(result.err, HasSubstr(bad.message)) << bad.what;
    EXPECT_THAT(result.err, Not(HasSubstr("internal"))) << bad.what;
    EXPECT_EQ(result.out, "") << bad.what;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "R")) << bad.what << ": nothing may be written";
  }
}

TEST_F(MainJob, WithoutMemoryItSaysWhatNeedsLess) {
  // 160 TB of logits an image: more than an address space holds.
  const auto result =
      run(job({"--n", "4000000000", "--n0", "20", "--scores", "matrix", "--out", "R"}));
  EXPECT_EQ(result.exit_code, 74) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("out of memory; 0 of 20 images are done and stored"),
                                HasSubstr("fewer --workers")));
  EXPECT_THAT(read("R/manifest.json"), HasSubstr("\"interrupted\""));
}

TEST_F(MainJob, AFolderOfSomethingElseIsLeftAlone) {
  std::filesystem::create_directory(folder_ / "thesis");
  replace_file(folder_ / "thesis/chapter1.tex", "x");
  const auto result = run(job({"--out", "thesis", "--fresh"}));
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_THAT(result.err, HasSubstr("chapter1.tex"));
}

TEST_F(MainJob, VersionAndHelpSayWhatTheyShould) {
  EXPECT_THAT(finish({"--version"}).out, AllOf(HasSubstr("certify "), HasSubstr("LibTorch ")));
  EXPECT_THAT(finish({"--help"}).out,
              AllOf(HasSubstr("units of the [0,1] input"), HasSubstr("--sigma")));
}

}  // namespace
}  // namespace certify
