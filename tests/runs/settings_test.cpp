#include "core/runs/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "tests/runs/example_run.h"

namespace certify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(RunSettings, SurviveJson) {
  const RunSettings settings = example_settings();
  const auto text = to_json(settings).dump();
  EXPECT_TRUE(
      differences(settings, settings_from_json(nlohmann::ordered_json::parse(text))).empty());
}

TEST(RunSettings, KeepEveryBitOfSigmaAndAlpha) {
  RunSettings settings = example_settings();
  settings.sigma = 0.1 + 0.2;  // 0.30000000000000004
  settings.alpha = 1.0 / 3;
  settings.seed = ~std::uint64_t{0};
  const auto read = settings_from_json(nlohmann::ordered_json::parse(to_json(settings).dump()));
  EXPECT_EQ(read.sigma, settings.sigma);
  EXPECT_EQ(read.alpha, settings.alpha);
  EXPECT_EQ(read.seed, settings.seed);
}

TEST(RunSettings, DifferencesNameTheKeyAndBothValues) {
  RunSettings other = example_settings();
  other.alpha = 0.01;
  other.model_sha256 = "xyz";
  EXPECT_THAT(
      differences(example_settings(), other),
      ElementsAre("model_sha256: \"def\" there, \"xyz\" now", "alpha: 0.001 there, 0.01 now"));
}

TEST(RunSettings, TheBatchIsNoDifferenceOfItsOwnWhereTheNumberOfSamplesDiffers) {
  RunSettings other = example_settings();
  other.batch = 64;
  EXPECT_THAT(differences(example_settings(), other), ElementsAre("batch: 55 there, 64 now"));
  other.n = 1000;
  EXPECT_THAT(differences(example_settings(), other), ElementsAre("n: 100 there, 1000 now"));
  other.n = 100;
  other.n0 = 100;
  EXPECT_THAT(differences(example_settings(), other), ElementsAre("n0: 10 there, 100 now"));
}

/// A run of an older program: what its digest is of must come out again as it was.
TEST(RunSettings, KeysThatCameLaterStayOutOfOlderRuns) {
  const auto now = to_json(example_settings());
  auto older = now;
  for (const char* key : {"denoiser", "calibration", "int8_ranges", "output"}) older.erase(key);
  const RunSettings read = settings_from_json(older);
  EXPECT_EQ(to_json(read).dump(), older.dump());
  EXPECT_TRUE(differences(read, example_settings()).empty());
  RunSettings changed = read;
  changed.output = "aux";  // what is set is written, whoever began the run
  EXPECT_EQ(to_json(changed).at("output"), "aux");
  EXPECT_FALSE(to_json(changed).contains("denoiser"));
}

TEST(RunSettings, OfADenoiserTheDifferingPartIsNamed) {
  RunSettings there = example_settings(), now = there;
  there.denoiser = {"d", std::string(64, 'a'), "diffusion:linear:1000", 145, 0};
  now.denoiser = there.denoiser;
  now.denoiser->resize = 64;
  EXPECT_THAT(differences(there, now), ElementsAre("denoiser's resize: 0 there, 64 now"));
  now.denoiser.reset();
  EXPECT_THAT(differences(there, now), ElementsAre(HasSubstr("null now")));
  EXPECT_EQ(settings_from_json(to_json(there)).denoiser, there.denoiser);
}

TEST(RunSettings, EveryKeyIsCompared) {
  const auto json = to_json(example_settings());
  for (const auto& [key, value] : json.items()) {
    auto changed = json;
    if (key == "shape") {
      changed[key] = {1, 2, 3};
    } else if (key == "stop_at") {
      changed[key] = {0.25};
    } else if (key == "masks") {
      changed[key] = {"face:00"};
    } else if (key == "shard") {
      changed[key] = "1/2";
    } else if (key == "denoiser") {
      changed[key] = {
          {"name", "d"}, {"sha256", "0"}, {"kind", "direct"}, {"step", -1}, {"resize", 0}};
    } else if (key == "sigma_map_seen") {
      changed[key] = "0:1:8000";
    } else if (key == "select") {
      changed[key] = "label";
    } else if (key == "scores") {
      changed[key] = "trace";
    } else if (key == "score_link") {
      changed[key] = "sparsemax";
    } else if (key == "precision") {
      changed[key] = "fp16";
    } else if (value.is_boolean()) {
      changed[key] = !value.get<bool>();
    } else if (value.is_string()) {
      changed[key] = "other";
    } else {
      changed[key] = value.get<double>() + 1;
      if (value.is_number_integer()) changed[key] = value.get<std::int64_t>() + 1;
    }
    EXPECT_THAT(differences(example_settings(), settings_from_json(changed)),
                ElementsAre(HasSubstr(key + ": ")));
  }
}

TEST(RunSettings, RunsFromBeforeStoppingAndGradientsHaveNeither) {
  auto json = to_json(example_settings());
  EXPECT_EQ(json.at("stop_at").dump(), "[]");
  json.erase("stop_at");
  json.erase("gradient");
  json.erase("keep_gradient");
  json.erase("masks");
  json.erase("sigma_map_seen");
  json.erase("batch_dependent");
  EXPECT_TRUE(differences(settings_from_json(json), example_settings()).empty());
  RunSettings settings = example_settings();
  settings.stop_at = {0.1, 0.1 + 0.2};
  EXPECT_EQ(settings_from_json(to_json(settings)).stop_at, settings.stop_at);
}

TEST(RunSettings, AMissingKeyIsNamed) {
  auto json = to_json(example_settings());
  json.erase("sigma");
  try {
    settings_from_json(json);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'sigma'"));
  }
}

TEST(RunSettings, AValueThatCannotBeIsNamedWithItsKey) {
  for (const char* key :
       {"shape", "shard", "select", "scores", "score_link", "n", "sigma_map_seen"}) {
    auto json = to_json(example_settings());
    json[key] = key == std::string("shape") ? nlohmann::ordered_json{1, 2} : "bad";
    try {
      settings_from_json(json);
      ADD_FAILURE() << key;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr(key));
    }
  }
}

TEST(Shard, IsReadAndRefused) {
  EXPECT_EQ(parse_shard("2/7"), (Shard{2, 7}));
  for (const char* bad : {"", "1", "2/2", "-1/2", "1/0", "a/2", "1/2x", "1 /2", "/", "1/"}) {
    EXPECT_THROW(parse_shard(bad), InputError) << bad;
  }
}

TEST(Selection, IsReadAsWritten) {
  for (const auto s : {Selection::kSeparate, Selection::kSame, Selection::kLabel}) {
    EXPECT_EQ(parse_selection(to_string(s)), s);
  }
  EXPECT_THROW(parse_selection("none"), InputError);
}

}  // namespace
}  // namespace certify
