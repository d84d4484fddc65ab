#include "core/configs/experiment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/plan/expansion.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class ExperimentFile : public testing::Test {
 protected:
  Experiment read(const std::string& content, bool quick = false) {
    return read_experiment(folder_.write("e.json", content), quick);
  }
  std::vector<std::string> names(const std::string& content, bool quick = false) {
    std::vector<std::string> out;
    for (const ExperimentRun& run : expand(read(content, quick))) out.push_back(run.name);
    return out;
  }
  std::string refusal(const std::string& content) {
    try {
      const auto runs = expand(read(content));
      ADD_FAILURE() << runs.size() << " runs from " << content;
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
  TemporaryFolder folder_;
};

TEST_F(ExperimentFile, AGridIsCrossedItsLastListChangingFastest) {
  EXPECT_THAT(names(R"({"dataset":"shapes","grid":{"sigma":[0.12,0.25],"method":["cohen","li"]}})"),
              ElementsAre("sigma0.12-cohen", "sigma0.12-li", "sigma0.25-cohen", "sigma0.25-li"));
}

TEST_F(ExperimentFile, ZipGoesInStepAndRunsAddTheirOwnOptions) {
  const auto runs = expand(read(R"({"dataset":"shapes","zip":{"sigma":[0.12,0.25],"n":[10,20]},
      "runs":[{"name":"a","seed":1},{"name":"b","seed":2,"alpha":0.05}]})"));
  ASSERT_EQ(runs.size(), 4U);
  EXPECT_EQ(runs[3].name, "b-sigma0.25-n20");
  EXPECT_EQ(runs[3].options.integer("n"), 20);
  EXPECT_EQ(runs[3].options.number("alpha"), 0.05);
  EXPECT_EQ(runs[0].options.integer("seed"), 1);
  EXPECT_EQ(runs[0].options.number("alpha"), 0.001);
}

TEST_F(ExperimentFile, IsPutOverWhatItIncludesAndWhoeverMentionsAnOptionLastSaysAllAboutIt) {
  folder_.write("base/base.json", R"({"dataset":"shapes","sigma":0.12,"model":"m.pt",
      "grid":{"alpha":[0.1,0.2]},"outputs":{"f":{"title":"old"},"g":{}}})");
  const Experiment e = read(R"({"include":"base/base.json","alpha":0.01,"grid":{"sigma":[0.25,0.5]},
      "outputs":{"f":{"title":"new"}}})");
  EXPECT_EQ(e.fixed.number("alpha"), 0.01);
  ASSERT_EQ(e.grid.size(), 1U);
  EXPECT_EQ(e.grid[0].option, "sigma");
  EXPECT_FALSE(e.fixed.given("sigma"));
  EXPECT_EQ(e.outputs.at(0).title, "new");
  EXPECT_EQ(e.outputs.at(1).name, "g");
  EXPECT_EQ(e.fixed.text("model"), (folder_.path() / "base/m.pt").string())
      << "a path is found from the file that names it";
}

TEST_F(ExperimentFile, QuickIsPutOverTheWholeFile) {
  const std::string file = R"({"dataset":"shapes","sigma":0.12,"grid":{"n":[1000,10000]},
      "quick":{"count":3,"grid":{"n":[10,20,30]}}})";
  EXPECT_THAT(names(file), ElementsAre("n1000", "n10000"));
  EXPECT_THAT(names(file, true), ElementsAre("n10", "n20", "n30"));
  const Experiment fallback = read(R"({"dataset":"shapes","sigma":0.12})", true);
  EXPECT_EQ(fallback.fixed.integer("count"), 8);
  EXPECT_EQ(fallback.fixed.integer("n"), 100);
}

TEST_F(ExperimentFile, AFlagOverAGridTakesItsPlace) {
  Experiment e =
      read(R"({"dataset":"shapes","sigma":0.12,"grid":{"n":[10,20],"alpha":[0.1,0.2]}})");
  e.set("n", 5, "--n");
  EXPECT_EQ(expand(e).size(), 2U);
  EXPECT_EQ(expand(e)[0].options.origin("n"), "--n");
}

TEST_F(ExperimentFile, MistakesAreNamedWithFilePathAndTheNearestKey) {
  const std::string head = R"({"dataset":"shapes","sigma":0.12,)";
  EXPECT_THAT(refusal(head + R"("alhpa":0.1})"),
              AllOf(HasSubstr("e.json: /alhpa"), HasSubstr("did you mean 'alpha'")));
  EXPECT_THAT(refusal(head + R"("grid":{"metod":["cohen"]}})"),
              AllOf(HasSubstr("/grid/metod"), HasSubstr("'method'")));
  EXPECT_THAT(refusal(head + R"("grid":{"alpha":[0.1,2]}})"),
              AllOf(HasSubstr("/grid/alpha/1"), HasSubstr("strictly between 0 and 1")));
  EXPECT_THAT(refusal(head + R"("n":"100"})"), HasSubstr("/n \"100\": expected a whole number"));
  EXPECT_THAT(refusal(head + R"("grid":{"alpha":[]}})"), HasSubstr("/grid/alpha: an empty list"));
  EXPECT_THAT(refusal(head + R"("grid":{"alpha":0.1}})"), HasSubstr("expected a list"));
  EXPECT_THAT(refusal(head + R"("zip":{"n":[1,2],"alpha":[0.1]}})"), HasSubstr("go in step"));
  EXPECT_THAT(refusal(head + R"("n":1,"grid":{"n":[1,2]}})"), HasSubstr("a second time"));
  EXPECT_THAT(refusal(head + R"("grid":{"n":[1]},"zip":{"n":[2]}})"), HasSubstr("a second time"));
  EXPECT_THAT(refusal(head + R"("grid":{"n":[1]},"runs":[{"n":2}]})"),
              HasSubstr("varies in /grid"));
  EXPECT_THAT(refusal(head + R"("grid":{"workers":[1,2]}})"), HasSubstr("cannot vary"));
  EXPECT_THAT(refusal(head + R"("runs":[]})"), HasSubstr("/runs: an empty list"));
  EXPECT_THAT(refusal(head + R"("runs":[{"seeed":1}]})"),
              AllOf(HasSubstr("/runs/0/seeed"), HasSubstr("'seed'")));
  EXPECT_THAT(refusal(head + R"("shards":0})"), HasSubstr("/shards 0"));
  EXPECT_THAT(refusal(head + R"("slurm":{"partitoin":"gpu"}})"),
              AllOf(HasSubstr("/slurm/partitoin"), HasSubstr("'partition'")));
  EXPECT_THAT(refusal(head + R"("slurm":{"time":"1\nrm -r ."}})"), HasSubstr("of one line"));
  EXPECT_THAT(refusal(head + R"("slurm":{"cpus":0}})"), HasSubstr("/slurm/cpus 0"));
  EXPECT_THAT(refusal(head + R"("title":3})"), HasSubstr("/title 3: expected a text"));
  EXPECT_THAT(refusal(head + R"("name":"{alfa}"})"), HasSubstr("'alfa' is no option"));
  EXPECT_THAT(refusal(head + R"("n":1,"n":2})"), HasSubstr("'n' is there twice"));
  EXPECT_THAT(refusal(head + R"("quick":{"bla":1}})"), HasSubstr("/quick/bla"));
  EXPECT_THAT(refusal(head + R"("quick":{"include":"x"}})"), HasSubstr("/quick/include"));
  EXPECT_THAT(refusal("[1]"), HasSubstr("expected a JSON object"));
  EXPECT_THAT(refusal("{\"n\": }"), HasSubstr("line 1"));
  EXPECT_THAT(refusal(head + R"("include":"no.json"})"), HasSubstr("no such file"));
  EXPECT_THROW(read_experiment(folder_ / "none.json", false), DataError);
}

TEST_F(ExperimentFile, AnIncludeThatLeadsBackIsRefused) {
  folder_.write("a.json", R"({"include":"b.json"})");
  folder_.write("b.json", R"({"include":["./a.json"]})");
  try {
    read_experiment(folder_ / "a.json", false);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("leads back to itself"), HasSubstr("b.json")));
  }
}

TEST_F(ExperimentFile, RunsThatCannotBeAreRefused) {
  EXPECT_THAT(refusal(R"({"dataset":"shapes"})"),
              HasSubstr("run e: --dataset and --sigma are needed"));
  EXPECT_THAT(refusal(R"({"dataset":"shapes","grid":{"sigma":[0.25,0.25]}})"),
              AllOf(HasSubstr("runs 1 and 2 have the same output"), HasSubstr("runs/sigma0.25")));
  EXPECT_THAT(refusal(R"({"dataset":"shapes","grid":{"sigma":[0.25,0.5]},"name":"x"})"),
              HasSubstr("same output"));
  EXPECT_THAT(refusal(R"({"dataset":"shapes","sigma":1,"name":"..","seed":1})"),
              HasSubstr("no name for a folder"));
}

TEST_F(ExperimentFile, OutputsAreChecked) {
  const std::string head = R"({"dataset":"shapes","sigma":0.12,"outputs":)";
  EXPECT_THAT(refusal(head + R"({"a/b":{}}})"), HasSubstr("expected letters"));
  EXPECT_THAT(refusal(head + R"({"f":{"knid":"table"}}})"),
              AllOf(HasSubstr("/outputs/f/knid"), HasSubstr("'kind'")));
  EXPECT_THAT(refusal(head + R"({"f":{"kind":"pie"}}})"), HasSubstr("figure, table"));
  EXPECT_THAT(refusal(head + R"({"f":{"x":"distance"}}})"), HasSubstr("second-margin"));
  EXPECT_THAT(refusal(head + R"({"f":{"x":"n"}}})"), HasSubstr("a figure is drawn against"));
  EXPECT_THAT(refusal(head + R"({"f":{"kind":"table","x":"n"}}})"), HasSubstr("the one radius"));
  EXPECT_THAT(refusal(head + R"({"f":{"kind":"table","at":[1,0.5]}}})"), HasSubstr("rising"));
  EXPECT_THAT(refusal(head + R"({"f":{"runs":{"methods":"li"}}}})"), HasSubstr("'method'"));
  EXPECT_THAT(refusal(head + R"({"f":{"runs":{"n":"many"}}}})"), HasSubstr("a whole number"));
  EXPECT_THAT(refusal(head + R"({"f":{"label":"{sigm}"}}})"), HasSubstr("'sigm' is no option"));
}

TEST_F(ExperimentFile, OutputsChooseRunsByTheirOptions) {
  const auto e = read(R"({"dataset":"shapes","grid":{"sigma":[0.12,0.25],"method":["cohen","li"]},
      "outputs":{"one":{"runs":{"sigma":0.25}},"none":{"runs":{"n":7}}}})");
  const auto runs = expand(e);
  const auto chosen = runs_of(e.outputs[0], runs);
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_THAT(differing_options(chosen), ElementsAre("method"));
  EXPECT_EQ(describe(chosen[1]->options, {"sigma", "method"}), "σ = 0.25, li");
  EXPECT_THROW(runs_of(e.outputs[1], runs), InputError);
}

}  // namespace
}  // namespace certify
