// Networks that are not one function of an image: refused with the reason, or forced and marked.

#include <filesystem>

#include <nlohmann/json.hpp>

#include "tests/cli/run_fixture.h"
#include "tests/support/source_dir.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kMark = "the radii are not certificates";

class OneFunction : public RunFixture {
 protected:
  /// The job with a network of this body, or with one of tests/cli/fixtures.
  void take(const std::string& body) { write_torchscript(folder_ / "model.pt", body); }
  void take_fixture(const std::string& name) {
    std::filesystem::copy_file(
        std::filesystem::path(CERTIFY_SOURCE_DIR "/tests/cli/fixtures") / name,
        folder_ / "model.pt", std::filesystem::copy_options::overwrite_existing);
  }
  ProcessResult certify(const std::vector<std::string>& more = {}) {
    std::vector<std::string> all{"--out", "R", "--fresh"};
    all.insert(all.end(), more.begin(), more.end());
    return run(job(all, "100"));
  }
  /// Why the network is refused, before anything is written.
  std::string refusal(const std::vector<std::string>& more = {}) {
    const ProcessResult result = certify(more);
    EXPECT_EQ(result.exit_code, 65) << result.err;
    EXPECT_THAT(result.err, HasSubstr("error: model.pt: "));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "R"));
    return result.err;
  }
  /// The samples of a job that must succeed.
  std::string samples_of(const std::string& body, const std::string& batch) {
    take(body);
    const ProcessResult result = certify({"--batch", batch});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return samples("R");
  }
  nlohmann::json mark_of(const std::string& run) const {
    return nlohmann::json::parse(read(run + "/manifest.json")).at("settings").at("batch_dependent");
  }
};

TEST_F(OneFunction, ABatchNormThatWasTracedInTrainingModeIsRefused) {
  take_fixture("batch_norm_traced_in_training.pt");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("aten::batch_norm is in training mode"),
                               HasSubstr("after .eval()"), HasSubstr("--allow-batch-dependent")));
}

TEST_F(OneFunction, OneScaleOfQuantisationForABatchIsRefused) {
  take_fixture("dynamic_int8.pt");
  EXPECT_THAT(refusal(), HasSubstr("quantized::linear_dynamic scales a batch by its largest"));
}

TEST_F(OneFunction, AConstantThatIsWrittenFromBatchToBatchIsRefused) {
  take_fixture("constant_written.pt");
  EXPECT_THAT(refusal(), HasSubstr("writes to a constant of its own"));
}

TEST_F(OneFunction, ABlockWithoutGradientsLoosensNoMargin) {
  take_fixture("no_grad.pt");
  EXPECT_THAT(refusal(), HasSubstr("depend on the other images of the batch"));
}

TEST_F(OneFunction, ARandomOperatorIsRefusedHoweverSeldomItIsReachedAndWhateverIsAllowed) {
  take(
      "if float(torch.rand([1])) < 0.02:\n"
      "        x = x * 0.5\n"
      "    return x.flatten(1)[:, 1500:1510]");
  EXPECT_THAT(refusal(), HasSubstr("aten::rand draws random numbers"));
  EXPECT_THAT(refusal({"--allow-batch-dependent"}), HasSubstr("aten::rand draws random numbers"));
}

TEST_F(OneFunction, AMaskedClassHidesNothing) {
  for (const std::string mask : {"-10000.0", "float('-inf')", "float('nan')"}) {
    const std::string masked = "return torch.cat([y, torch.full([x.size(0), 1], " + mask + ")], 1)";
    take("y = x.flatten(1)[:, 1500:1509]\n    y = y.mean(0, True).expand_as(y)\n    " + masked);
    EXPECT_THAT(refusal(), HasSubstr("depend on the other images of the batch (class 0"));
  }
}

TEST_F(OneFunction, IsAskedForInTheBatchOfTheRun) {
  take(
      "y = x.flatten(1)[:, 1500:1510]\n"
      "    if x.size(0) > 8:\n"
      "        y = y.mean(0, True).expand_as(y)\n"
      "    return y");
  EXPECT_THAT(refusal(), HasSubstr("depend on the other images of the batch"));
  EXPECT_EQ(certify({"--batch", "8"}).exit_code, 0);
}

TEST_F(OneFunction, OfAnyFormIsCertifiedWithTheSameCountsInEveryBatch) {
  const std::string in_place = "x.sub_(0.5).div_(0.25)\n    return x.flatten(1)[:, 1500:1510]";
  const std::string pixels = "((x - 0.5) / 0.25).flatten(1)[:, 1500:1510]";
  const std::string counts = samples_of(in_place, "4");
  EXPECT_EQ(samples_of(in_place, "25"), counts);
  EXPECT_EQ(samples_of("return " + pixels, "25"), counts);
  EXPECT_EQ(samples_of("return " + pixels + ".squeeze()", "1"), counts);
  EXPECT_EQ(samples_of("return torch.dropout(" + pixels + ", 0.5, self.training)", "24"), counts);
}

TEST_F(OneFunction, IsNotNeededOfARunThatIsMarkedWhereverItsNumbersAreShown) {
  take_fixture("batch_norm_traced_in_training.pt");
  const std::vector<std::string> allowed{"--allow-batch-dependent"};
  const ProcessResult forced = certify(allowed);
  ASSERT_EQ(forced.exit_code, 0) << forced.err;
  EXPECT_THAT(forced.err, AllOf(HasSubstr("aten::batch_norm is in training mode"),
                                HasSubstr("the run is marked"), HasSubstr(kMark)));
  EXPECT_EQ(mark_of("R"), true);
  EXPECT_THAT(read("R/report.html"), AllOf(HasSubstr(kMark), HasSubstr("no certificates")));
  EXPECT_THAT(run({"curve", "R"}).err, HasSubstr(kMark));
  EXPECT_THAT(run({"verify", "R"}).err, HasSubstr(std::string("note: R: the network's answer")));
  const auto again = finish({"recertify", "R", "--method", "two-sided", "--out", "again"});
  EXPECT_THAT(finish({"curve", "again"}).err, HasSubstr(kMark));
  EXPECT_THAT(again.err, HasSubstr(kMark));
  EXPECT_THAT(run({"verify", "again"}).err, HasSubstr(kMark));
  finish({"report", "again", "--no-verify"});
  EXPECT_THAT(read("again/report.html"), HasSubstr(kMark));
  finish({"show", "0", "--run", "R", "--out", "card.svg"});
  EXPECT_THAT(read("card.svg"), HasSubstr("not certificates"));
}

TEST_F(OneFunction, IsWhatAResumedRunAndAllShardsAgreeOn) {
  const auto arguments = [this](const std::string& out, const std::vector<std::string>& more) {
    std::vector<std::string> all{"--out", out};
    all.insert(all.end(), more.begin(), more.end());
    return job(all, "100");
  };
  take_fixture("dynamic_int8.pt");
  finish(arguments("R", {"--allow-batch-dependent"}));
  lose_half("R");
  EXPECT_EQ(run(arguments("R", {})).exit_code, 65);
  resume(arguments("R", {"--allow-batch-dependent"}));
  for (const char* shard : {"0", "1"}) {
    finish(arguments(shard, {"--allow-batch-dependent", "--shard", std::string(shard) + "/2"}));
  }
  const auto merged = finish({"merge", "0", "1", "--out", "merged"});
  EXPECT_THAT(merged.err, HasSubstr(kMark));
  EXPECT_EQ(mark_of("merged"), true);
  // Another batch is no forgery.
  EXPECT_NE(run({"verify", "R", "--resample", "5"}).exit_code, 1);
  // A network that needs no allowance is not marked by it.
  take("return x.flatten(1)[:, 1500:1510]");
  const auto honest = finish(arguments("honest", {"--allow-batch-dependent"}));
  EXPECT_EQ(mark_of("honest"), false);
  EXPECT_THAT(honest.err, Not(HasSubstr("marked")));
  EXPECT_THAT(read("honest/report.html"), Not(HasSubstr("not certificates")));
}

TEST_F(OneFunction, IsNotNeededOfASweepThatAllowsThat) {
  take_fixture("dynamic_int8.pt");
  const std::string text =
      R"("dataset":"shapes","model":"model.pt","sigma":0.25,"n":100,"skip":100})";
  folder_.write("e.json", "{" + text);
  EXPECT_EQ(run({"sweep", "e.json", "--out", "W"}).exit_code, 65);
  folder_.write("e.json", R"({"allow_batch_dependent":true,)" + text);
  finish({"sweep", "e.json", "--out", "allowed"});
  EXPECT_THAT(read("allowed/report.html"), HasSubstr(kMark));
}

}  // namespace
}  // namespace certify
