// Certifying images that a map of sigma was learned on: refused, or forced and marked.

#include <filesystem>

#include <nlohmann/json.hpp>

#include "tests/cli/learn_sigma_fixture.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kSeen = "learned on 40 of these 60 images";

/// Of the sixty digits a map was learned on the first forty.
class SeenImages : public LearnSigmaFixture {
 protected:
  void SetUp() override { ASSERT_EQ(learn("S", {"--epochs", "1"}).exit_code, 0); }

  ProcessResult run(const std::vector<std::string>& arguments) {
    return run_certify(arguments, here());
  }
  ProcessResult certify(const std::string& out, const std::vector<std::string>& more = {}) {
    std::vector<std::string> all{"--dataset", "mnist",       "--data-dir",  "data", "--model",
                                 "model.pt",  "--sigma-map", "S/sigma.npy", "--n",  "100",
                                 "--n0",      "10",          "--out",       out};
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  }
  void finish(const ProcessResult& result) { ASSERT_EQ(result.exit_code, 0) << result.err; }
  std::string mark_of(const std::string& run) const {
    return nlohmann::json::parse(read(run + "/manifest.json"))
        .at("settings")
        .at("sigma_map_seen")
        .get<std::string>();
  }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
};

TEST_F(SeenImages, AreRefusedBeforeAnythingIsWritten) {
  const auto refused = certify("R");
  EXPECT_EQ(refused.exit_code, 65);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("S/sigma.npy: " + std::string(kSeen) + " of mnist test"),
                    HasSubstr("--start 40, "), HasSubstr("--split"), HasSubstr("--allow-seen")));
  EXPECT_FALSE(exists("R"));
  // A run is refused as a whole: of these two images the second shard's was not seen.
  const auto shard = certify("R", {"--start", "39", "--count", "2", "--shard", "1/2"});
  EXPECT_EQ(shard.exit_code, 65);
  EXPECT_THAT(shard.err, HasSubstr("learned on 1 of these 2 images"));
  // The way on leads behind all that was seen, not only behind what was asked for.
  EXPECT_THAT(certify("R", {"--skip", "15"}).err, HasSubstr("--start 40, "));
  const auto prediction = run({"predict", "--dataset", "mnist", "--data-dir", "data", "--model",
                               "model.pt", "--sigma-map", "S/sigma.npy"});
  EXPECT_EQ(prediction.exit_code, 65);
  EXPECT_THAT(prediction.err, HasSubstr(kSeen));
}

TEST_F(SeenImages, StopNobodyWhereNoneAreKnown) {
  finish(certify("others", {"--start", "40"}));
  EXPECT_EQ(mark_of("others"), "");
  EXPECT_THAT(read("others/report.html"), Not(HasSubstr("learned on")));
  finish(certify("allowed", {"--start", "40", "--allow-seen"}));
  EXPECT_EQ(mark_of("allowed"), "");
  folder_.write("map/without-card.npy", read("S/sigma.npy"));
  finish(certify("unknown", {"--sigma-map", "map/without-card.npy"}));
  EXPECT_EQ(mark_of("unknown"), "");
  // The same pictures under other labels are another data set.
  std::string labels = read("data/t10k-labels-idx1-ubyte");
  labels.back() = '\0';
  folder_.write("other/t10k-labels-idx1-ubyte", labels);
  folder_.write("other/t10k-images-idx3-ubyte", read("data/t10k-images-idx3-ubyte"));
  finish(certify("other-data", {"--data-dir", "other"}));
  EXPECT_EQ(mark_of("other-data"), "");
}

TEST_F(SeenImages, NeedACardThatIsOfTheMap) {
  folder_.write("S/other.json", read("S/sigma.json"));
  ASSERT_EQ(learn("S2", {"--epochs", "1", "--seed", "7"}).exit_code, 0);
  folder_.write("S/other.npy", read("S2/sigma.npy"));
  const auto other = certify("R", {"--sigma-map", "S/other.npy", "--start", "40"});
  EXPECT_EQ(other.exit_code, 65);
  EXPECT_THAT(other.err, HasSubstr("S/other.json: not the card of other.npy: its map has"));
  folder_.write("S/sigma.json", read("S/sigma.json").substr(0, 200));
  const auto damaged = certify("R", {"--start", "40", "--allow-seen"});
  EXPECT_EQ(damaged.exit_code, 65);
  EXPECT_THAT(damaged.err, HasSubstr("S/sigma.json: not the card of sigma.npy"));
  EXPECT_FALSE(exists("R"));
}

TEST_F(SeenImages, MarkARunThatIsForcedWhateverIsMadeOfIt) {
  const auto forced = certify("R", {"--allow-seen"});
  finish(forced);
  EXPECT_THAT(forced.err, AllOf(HasSubstr(kSeen), HasSubstr("the run is marked")));
  EXPECT_EQ(mark_of("R"), "0:1:40");
  EXPECT_THAT(read("R/report.html"), AllOf(HasSubstr(kSeen), HasSubstr("map of σ that saw images"),
                                           HasSubstr("40 images, every one from 0")));
  EXPECT_THAT(run({"curve", "R"}).err, HasSubstr(kSeen));
  const auto again = run({"recertify", "R", "--method", "two-sided", "--out", "again"});
  finish(again);
  EXPECT_THAT(again.err, HasSubstr(kSeen));
  std::filesystem::rename(folder_ / "R", folder_ / "moved");
  finish(run({"report", "again", "--no-verify"}));
  EXPECT_THAT(read("again/report.html"), HasSubstr(kSeen));
}

TEST_F(SeenImages, StayMarkedWhenTheRunIsResumedAndNoOtherWay) {
  finish(certify("R", {"--allow-seen"}));
  const std::string samples = read("R/samples.jsonl");
  folder_.write("R/samples.jsonl", samples.substr(0, samples.size() / 2));
  EXPECT_EQ(certify("R").exit_code, 65);
  const auto resumed = certify("R", {"--allow-seen"});
  finish(resumed);
  EXPECT_THAT(resumed.err, HasSubstr("resuming: "));
  EXPECT_EQ(mark_of("R"), "0:1:40");
  std::filesystem::remove(folder_ / "S/sigma.json");
  const auto unmarked = certify("R");
  EXPECT_EQ(unmarked.exit_code, 65);
  EXPECT_THAT(unmarked.err, HasSubstr(R"(sigma_map_seen: "0:1:40" there, "" now)"));
}

TEST_F(SeenImages, MarkShardsAlikeAndWhatTheyAreMergedTo) {
  // One shard has those with even numbers, which is all that the map saw.
  ASSERT_EQ(learn("S", {"--epochs", "1", "--skip", "2", "--count", "20", "--fresh"}).exit_code, 0);
  for (const char* shard : {"0", "1"}) {
    finish(certify(shard, {"--allow-seen", "--shard", std::string(shard) + "/2"}));
    EXPECT_EQ(mark_of(shard), "0:2:20");
  }
  EXPECT_THAT(read("0/report.html"), HasSubstr("learned on 20 of these 30 images"));
  EXPECT_THAT(read("1/report.html"), Not(HasSubstr("of these 30 images")));
  const auto merged = run({"merge", "0", "1", "--out", "merged"});
  finish(merged);
  EXPECT_THAT(merged.err, HasSubstr("learned on 20 of these 60 images"));
  EXPECT_EQ(mark_of("merged"), "0:2:20");
  EXPECT_THAT(read("merged/report.html"), HasSubstr("learned on 20 of these 60 images"));
}

TEST_F(SeenImages, StopASweepThatDoesNotAllowThem) {
  const std::string text = R"("dataset":"mnist","data_dir":"data","model":"model.pt","n":100,
      "n0":10,"workers":1,"shards":2,"sigma_map":"S/sigma.npy"})";
  folder_.write("e.json", "{" + text);
  EXPECT_EQ(run({"sweep", "e.json", "--out", "W"}).exit_code, 65);
  folder_.write("e.json", R"({"allow_seen":true,)" + text);
  finish(run({"sweep", "e.json", "--out", "allowed"}));
  EXPECT_THAT(read("allowed/report.html"), HasSubstr(kSeen));
}

}  // namespace
}  // namespace certify
