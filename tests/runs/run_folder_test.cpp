#include "core/runs/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "tests/runs/example_run.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;

class RunFolderTest : public testing::Test {
 protected:
  RunFolder open(bool fresh = false) {
    return RunFolder(folder_ / "run", manifest_, example_indices(4), fresh);
  }
  std::string refusal() {
    try {
      open();
    } catch (const DataError& error) {
      return error.what();
    }
    return "accepted";
  }
  TemporaryFolder folder_;
  Manifest manifest_ = example_manifest(4);
};

TEST_F(RunFolderTest, ANewRunIsARunFromTheStart) {
  const RunFolder run = open();
  EXPECT_FALSE(run.resumed());
  EXPECT_EQ(run.images_done(), 0);
  const Manifest stored = read_run(folder_ / "run", [](ImageSamples) { FAIL(); });
  EXPECT_EQ(stored.state, "running");
  EXPECT_EQ(stored.sessions.size(), 1u);
}

TEST_F(RunFolderTest, ACompleteRunIsLeftAsItIs) {
  {
    RunFolder run = open();
    for (const std::int64_t index : example_indices(4)) run.append(example_samples(index));
    run.close("complete", 1.5);
  }
  const std::string manifest = read_file(folder_ / "run" / kManifestFile);
  manifest_.model_file = "elsewhere.pt";
  RunFolder again = open();
  EXPECT_EQ(again.images_done(), 4);
  again.close("complete", 0.1);
  EXPECT_EQ(read_file(folder_ / "run" / kManifestFile), manifest);
}

TEST_F(RunFolderTest, ResumesAfterWhatIsStored) {
  open().append(example_samples(0));
  RunFolder run = open();
  EXPECT_TRUE(run.resumed());
  EXPECT_EQ(run.images_done(), 1);
  run.append(example_samples(20));
  run.close("complete", 1.5);
  std::vector<std::int64_t> indices;
  const Manifest stored =
      read_run(folder_ / "run", [&](const ImageSamples& s) { indices.push_back(s.index); });
  EXPECT_EQ(indices, (std::vector<std::int64_t>{0, 20}));
  EXPECT_EQ(stored.state, "complete");
  EXPECT_EQ(stored.sessions.size(), 2u);
  EXPECT_EQ(stored.sessions[1].images, 1);
  EXPECT_EQ(stored.sessions[1].seconds, 1.5);
  EXPECT_EQ(stored.invalid_samples,
            1);  // of image 20, once, although it was counted while resuming
}

TEST_F(RunFolderTest, RefusesOtherSettingsAndNamesThem) {
  open().append(example_samples(0));
  manifest_.settings.sigma = 0.5;
  EXPECT_THAT(refusal(), HasSubstr("sigma: 0.25 there, 0.5 now"));
  EXPECT_EQ(read_run(folder_ / "run", [](ImageSamples) {}).settings.sigma, 0.25)
      << "left as it was";
}

TEST_F(RunFolderTest, FreshStartsOver) {
  open().append(example_samples(0));
  const std::vector<std::string> drawn{"report.html",  "accuracy.tsv", "accuracy.tex",
                                       "curve_l1.svg", "areas.tsv",    "distribution.svg"};
  for (const std::string& name : drawn) replace_file(folder_ / "run" / name, "old");
  replace_file(folder_ / "run/accuracy of mine.tsv", "x");
  manifest_.settings.sigma = 0.5;
  const RunFolder run = open(/*fresh=*/true);
  EXPECT_EQ(run.images_done(), 0);
  for (const std::string& name : drawn) {
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run" / name)) << name;
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "run/accuracy of mine.tsv"));
}

TEST_F(RunFolderTest, RefusesAFolderOfSomethingElse) {
  std::filesystem::create_directory(folder_ / "run");
  replace_file(folder_ / "run/thesis.tex", "x");
  EXPECT_THAT(refusal(), HasSubstr("thesis.tex"));
  EXPECT_THROW(open(/*fresh=*/true), DataError) << "--fresh deletes only what is a run's";
}

// A job's log beside the run, and what a kill leaves of an atomic replacement.
TEST_F(RunFolderTest, FreshStartsOverBesideOtherFilesOfTheUser) {
  open().append(example_samples(0));
  replace_file(folder_ / "run/slurm-17.out", "x");
  replace_file(folder_ / "run/report.html.tmp", "x");
  EXPECT_EQ(open(/*fresh=*/true).images_done(), 0);
  EXPECT_EQ(read_file(folder_ / "run/slurm-17.out"), "x");
}

// Many programs have a manifest.json and a report.html.
TEST_F(RunFolderTest, FreshDeletesNothingInAFolderThatHoldsNoRun) {
  std::filesystem::create_directory(folder_ / "run");
  replace_file(folder_ / "run/report.html", "somebody else's");
  EXPECT_THROW(open(/*fresh=*/true), DataError);
  replace_file(folder_ / "run/manifest.json", R"({"name": "web app"})");
  EXPECT_THROW(open(/*fresh=*/true), DataError);
  EXPECT_EQ(read_file(folder_ / "run/report.html"), "somebody else's");
  EXPECT_EQ(read_file(folder_ / "run/manifest.json"), R"({"name": "web app"})");
}

TEST_F(RunFolderTest, RefusesSamplesOfOtherImages) {
  open().append(example_samples(40));
  EXPECT_THAT(refusal(), HasSubstr("samples.jsonl:1: image 40"));
}

TEST_F(RunFolderTest, IsLockedWhileOpen) {
  const RunFolder run = open();
  EXPECT_THROW(open(), LockedError);
}

// A start that was killed leaves a folder with a lock, perhaps a temporary manifest.
TEST_F(RunFolderTest, TakesUpAFolderWhoseFirstStartWasKilled) {
  std::filesystem::create_directory(folder_ / "run");
  replace_file(folder_ / "run/run.lock", "");
  replace_file(folder_ / "run/manifest.json.tmp", "{");
  EXPECT_EQ(refusal(), "accepted");
}

TEST_F(RunFolderTest, NeverHasALogWithoutAManifest) {
  replace_file(folder_ / "blocked", "a file where the folder should be");
  EXPECT_THROW(RunFolder(folder_ / "blocked/run", manifest_, example_indices(4), false), IoError);
  manifest_.settings.n = 99;  // samples of another n: refused before anything is written
  open();
  replace_file(folder_ / "run/samples.jsonl",
               to_line(example_samples(0)) + "\n" + to_line(example_samples(20)) + "\n");
  EXPECT_THAT(refusal(), HasSubstr("samples.jsonl:1: counts do not sum to 99"));
}

TEST(ReadRun, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_run(folder.path(), [](ImageSamples) {}), DataError);
}

}  // namespace
}  // namespace certify
