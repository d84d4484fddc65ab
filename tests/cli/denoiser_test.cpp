// A denoiser in front of the network, as a user certifies with it: the classifier of every command
// is both together.

#include <filesystem>
#include <functional>
#include <set>

#include <nlohmann/json.hpp>

#include "core/report/logs/cohen_log.h"
#include "core/runs/manifest.h"
#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

class DenoiserJob : public RunFixture {
 protected:
  DenoiserJob() {
    write_torchscript(folder_ / "half.pt", "return 0.5 + 0.5 * (x - 0.5)");
    // What it predicts is of no use; that it is asked, and with which step, shows in the counts.
    write_torchscript(folder_ / "diffusion.pt",
                      "return torch.cat([x * (t.float() / 290).view(-1, 1, 1, 1), x], 1)", "x, t");
  }
  std::vector<std::string> behind(const std::vector<std::string>& more, const std::string& n) {
    std::vector<std::string> all{"--denoiser", "half.pt"};
    all.insert(all.end(), more.begin(), more.end());
    return job(all, n);
  }
  nlohmann::json manifest(const std::string& run) const {
    return nlohmann::json::parse(read(run + "/manifest.json"));
  }
};

TEST_F(DenoiserJob, TheRunIsOfBothTogether) {
  finish(behind({"--out", "R"}, "300"));
  // The same classifier in one file.
  write_torchscript(folder_ / "model.pt",
                    "y = 0.5 + 0.5 * (x - 0.5)\n"
                    "    return torch.cat([y.mean([2, 3]) + 0.3, y.flatten(1)[:, 1500:1507]], 1)");
  finish(job({"--out", "both"}, "300"));
  EXPECT_EQ(samples("R"), samples("both"));
  EXPECT_EQ(certificates("R"), certificates("both"));
}

TEST_F(DenoiserJob, SaysSoInManifestAndReport) {
  finish(behind({"--out", "R"}, "200"));
  const auto settings = manifest("R").at("settings");
  EXPECT_EQ(settings.at("denoiser").at("sha256"), sha256_of_file(folder_ / "half.pt"));
  EXPECT_EQ(settings.at("denoiser").at("kind"), "direct");
  EXPECT_EQ(settings.at("denoiser").at("step"), -1);
  EXPECT_EQ(settings.at("model_sha256"), sha256_of_file(folder_ / "model.pt"));
  EXPECT_EQ(manifest("R").at("denoiser_file"), "half.pt");
  EXPECT_THAT(read("R/report.html"),
              AllOf(HasSubstr("half (direct)"), HasSubstr(sha256_of_file(folder_ / "half.pt"))));
  finish(job({"--out", "plain"}, "200"));
  EXPECT_TRUE(manifest("plain").at("settings").at("denoiser").is_null());
  EXPECT_FALSE(manifest("plain").contains("denoiser_file"));
  EXPECT_THAT(read("plain/report.html"), Not(HasSubstr("denoiser")));
}

TEST_F(DenoiserJob, IsResumedShardedMergedRecertifiedAttackedAndVerified) {
  finish(behind({"--out", "whole"}, "300"));
  finish(behind({"--out", "R", "--workers", "1", "--batch", "17"}, "300"));
  EXPECT_EQ(samples("R"), samples("whole"));
  lose_half("R");
  resume(behind({"--out", "R"}, "300"));
  EXPECT_EQ(samples("R"), samples("whole"));
  finish(behind({"--shard", "0/2", "--out", "a"}, "300"));
  finish(behind({"--shard", "1/2", "--out", "b"}, "300"));
  finish({"merge", "a", "b", "--out", "M"});
  EXPECT_EQ(certificates("M"), certificates("whole"));
  finish({"recertify", "R", "--method", "cohen,second-margin", "--out", "C"});
  finish({"attack", "R", "--count", "2", "--steps", "2", "--n", "50"});
  EXPECT_EQ(nlohmann::json::parse(read("R/attack.json")).at("denoiser_sha256"),
            sha256_of_file(folder_ / "half.pt"));
  for (const char* folder : {"whole", "R", "a", "b", "M", "C"}) {
    const auto result = run({"verify", folder});
    EXPECT_EQ(result.exit_code, 0) << folder << result.out << result.err;
  }
  EXPECT_THAT(finish({"verify", "R", "--resample", "2"}).out, HasSubstr("none overclaims"));
  EXPECT_THAT(finish({"verify", "R", "--model", "model.pt", "--denoiser", "half.pt"}).out,
              HasSubstr("none overclaims"));
}

TEST_F(DenoiserJob, ARunIsNotContinuedWithAnother) {
  finish(behind({"--out", "R"}, "200"));
  for (const auto& other :
       {job({"--out", "R"}, "200"), behind({"--out", "R", "--denoiser-resize", "32"}, "200")}) {
    const auto result = run(other);
    EXPECT_EQ(result.exit_code, 65);
    EXPECT_THAT(result.err, HasSubstr("denoiser"));
  }
  EXPECT_THAT(run(behind({"--out", "R", "--denoiser-resize", "32"}, "200")).err,
              HasSubstr("denoiser's resize: 0 there, 32 now"));
  write_torchscript(folder_ / "half.pt", "return 0.9 * x");
  EXPECT_EQ(run(behind({"--out", "R"}, "200")).exit_code, 65);
  EXPECT_EQ(run({"attack", "R", "--count", "1"}).exit_code, 65) << "another file of that name";
  const auto verified = run({"verify", "R", "--resample", "1"});
  EXPECT_EQ(verified.exit_code, 1);
  EXPECT_THAT(verified.out, HasSubstr("the denoiser's sha256 is"));
}

TEST_F(DenoiserJob, ADiffusionModelIsAskedAtTheStepOfTheNoise) {
  const auto asked = [&](const std::string& out, const std::vector<std::string>& kind) {
    std::vector<std::string> more{"--denoiser", "diffusion.pt", "--out", out, "--denoiser-kind"};
    more.insert(more.end(), kind.begin(), kind.end());
    return finish(job(more, "300"));
  };
  EXPECT_THAT(asked("L", {"diffusion:linear:1000"}).err, HasSubstr("step 145"));
  EXPECT_EQ(manifest("L").at("settings").at("denoiser").at("step"), 145);
  asked("C", {"diffusion:cosine:4000"});
  EXPECT_EQ(manifest("C").at("settings").at("denoiser").at("step"), 1158);
  EXPECT_NE(samples("C"), samples("L"));
  folder_.write("scheduler.json",
                R"({"_class_name": "DDPMScheduler", "num_train_timesteps": 1000, "beta_start": 1e-4,
                    "beta_end": 0.02, "beta_schedule": "linear", "prediction_type": "epsilon"})");
  asked("F", {"scheduler.json"});
  EXPECT_EQ(samples("F"), samples("L"));
  fs::remove(folder_ / "scheduler.json");  // the run has what it said
  finish({"attack", "F", "--count", "1", "--steps", "1", "--n", "50"});
  for (const char* folder : {"L", "C", "F"}) {
    EXPECT_THAT(finish({"verify", folder, "--resample", "1"}).out, HasSubstr("none overclaims"));
  }
}

TEST_F(DenoiserJob, TamperedRunsAreFound) {
  finish(
      job({"--denoiser", "diffusion.pt", "--denoiser-kind", "diffusion:linear:1000", "--out", "R"},
          "300"));
  const Manifest original = manifest_of(folder_ / "R");
  const auto found = [&](const std::function<void(DenoiserSettings&)>& change) {
    Manifest tampered = original;
    change(*tampered.settings.denoiser);
    write_manifest(folder_ / "R", tampered);
    const auto result = run({"verify", "R"});
    return result.exit_code == 1 ? result.out : "not found: " + result.out + result.err;
  };
  EXPECT_THAT(found([](DenoiserSettings& d) { d.step = 144; }),
              AllOf(HasSubstr("step is 144, but the one for sigma 0.25 is 145"),
                    HasSubstr("the digest is not that of these settings")));
  EXPECT_THAT(found([](DenoiserSettings& d) { d.kind = "diffusion:cosine:4000"; }),
              HasSubstr("step is 145, but the one for sigma 0.25 is 1158"));
  EXPECT_THAT(found([](DenoiserSettings& d) { d.kind = "direct"; }), HasSubstr("is -1"));
  EXPECT_THAT(found([](DenoiserSettings& d) { d.kind = "none"; }), HasSubstr("kind is none"));
  EXPECT_THAT(found([](DenoiserSettings& d) { d.sha256[0] = d.sha256[0] == '0' ? '1' : '0'; }),
              HasSubstr("digest"));
  EXPECT_THAT(found([](DenoiserSettings& d) { d.resize = 64; }), HasSubstr("digest"));
  EXPECT_THAT(found([](DenoiserSettings& d) { d.name = "other"; }), HasSubstr("digest"));
  Manifest without = original;
  without.settings.denoiser.reset();
  write_manifest(folder_ / "R", without);
  EXPECT_EQ(run({"verify", "R"}).exit_code, 1);
  write_manifest(folder_ / "R", original);
  EXPECT_EQ(run({"verify", "R"}).exit_code, 0);
  const std::string page = read("R/report.html");
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {", step 145)", ", step 144)"},
           {", step 145)", ")"},
           {", step 145)", ", step 145, then resized to 64)"},
           {"<td>denoiser</td>", "<td>noise taker</td>"},
           {"<td>denoiser sha256</td><td>", "<td>denoiser sha256</td><td>0"}}) {
    std::string other = page;
    const auto at = other.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    folder_.write("R/report.html", other.replace(at, from.size(), to));
    EXPECT_EQ(run({"verify", "R"}).exit_code, 1) << to;
  }
}

TEST_F(DenoiserJob, RunsInASweepAndAtLearnSigma) {
  folder_.write("e.json",
                R"({"dataset": "shapes", "skip": 250, "n": 200, "model": "model.pt", "sigma": 0.25,
                    "runs": [{"name": "with", "denoiser": "half.pt"}, {"name": "without"}]})");
  const auto result = run({"sweep", "e.json", "--out", "S"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(read("S/runs/with/certificates-cohen.tsv"),
            read("S/runs/without/certificates-cohen.tsv"));
  finish({"learn-sigma", "--dataset", "shapes", "--count", "2", "--model", "model.pt", "--denoiser",
          "half.pt", "--init", "0.25", "--epochs", "1", "--out", "map"});
  finish({"--dataset", "shapes", "--skip", "250", "--start", "2", "--sigma-map", "map/sigma.npy",
          "--model", "model.pt", "--denoiser", "half.pt", "--n", "200", "--out", "ellipsoids"});
}

/// A schedule's file is found from the experiment's file, and samples drawn by what it said then
/// are not taken for those of what it says now.
TEST_F(DenoiserJob, ASweepHangsOnWhatTheFileSays) {
  const auto schedule = [&](const std::string& name) {
    folder_.write("files/s.json",
                  R"({"num_train_timesteps": 1000, "beta_schedule": ")" + name + R"("})");
  };
  folder_.write("files/e.json",
                R"({"dataset": "shapes", "skip": 500, "n": 200, "model": "../model.pt",
                    "denoiser": "../diffusion.pt", "denoiser_kind": "s.json", "sigma": 0.25})");
  const auto step = [&] {
    finish({"sweep", "files/e.json", "--out", "S"});
    std::set<int> steps;
    for (const auto& entry : fs::directory_iterator(folder_ / "S/samples")) {
      const auto run = "S/samples/" + entry.path().filename().string();
      steps.insert(manifest(run).at("settings").at("denoiser").at("step").get<int>());
    }
    return steps;
  };
  schedule("linear");
  EXPECT_EQ(step(), std::set<int>{145});
  schedule("squaredcos_cap_v2");
  EXPECT_EQ(step().size(), 2U) << "drawn anew";
}

TEST_F(DenoiserJob, WhatDoesNotGoTogetherIsRefusedByName) {
  const auto refused = [&](const std::vector<std::string>& more) {
    const auto result = run(job(more, "100"));
    EXPECT_TRUE(result.exit_code == 64 || result.exit_code == 65) << result.err;
    return result.err;
  };
  EXPECT_THAT(refused({"--denoiser-kind", "direct"}),
              HasSubstr("--denoiser-kind: there is no --denoiser"));
  EXPECT_THAT(refused({"--denoiser-resize", "64"}),
              HasSubstr("--denoiser-resize: there is no --denoiser"));
  EXPECT_THAT(refused({"--denoiser", "missing.pt"}), HasSubstr("missing.pt: no such model file"));
  EXPECT_THAT(refused({"--denoiser", "model.pt"}), HasSubstr("expected images [2,3,32,32]"));
  EXPECT_THAT(refused({"--denoiser", "half.pt", "--denoiser-kind", "indirect"}),
              HasSubstr("--denoiser-kind indirect: expected direct"));
  folder_.write("short.json", R"({"trained_betas": [0.01, 0.01]})");
  EXPECT_THAT(refused({"--denoiser", "diffusion.pt", "--denoiser-kind", "short.json"}),
              HasSubstr("no step of the schedule has noise of sigma 0.25"));
  const auto no_model = run({"--dataset", "shapes", "--sigma", "0.25", "--denoiser", "half.pt"});
  EXPECT_EQ(no_model.exit_code, 64);
  EXPECT_THAT(no_model.err, HasSubstr("--denoiser: say by --model which network"));
  finish(job({"--out", "plain", "--count", "2"}, "100"));
  EXPECT_THAT(run({"attack", "plain", "--denoiser", "half.pt"}).err,
              HasSubstr("--denoiser: the run in plain has none"));
}

}  // namespace
}  // namespace certify
