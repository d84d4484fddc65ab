#include "core/runs/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "tests/runs/example_run.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::HasSubstr;

TEST(Manifest, ReadsBackWhatItWrote) {
  const TemporaryFolder folder;
  Manifest m = example_manifest(5);
  m.state = "complete";
  m.invalid_samples = 3;
  m.sessions.push_back(m.sessions[0]);
  write_manifest(folder.path(), m);
  const auto read = read_manifest(folder.path());
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(differences(read->settings, m.settings).empty());
  EXPECT_EQ(read->state, "complete");
  EXPECT_EQ(read->images, 5);
  EXPECT_EQ(read->invalid_samples, 3);
  EXPECT_EQ(read->class_names, m.class_names);
  ASSERT_EQ(read->sessions.size(), 2u);
  EXPECT_EQ(read->sessions[1].environment, m.sessions[1].environment);
  EXPECT_THAT(read_file(folder / "manifest.json"), HasSubstr("\"restarts\": 1"));
}

TEST(Manifest, SaysInWhichUnitsSigmaIs) {
  const TemporaryFolder folder;
  write_manifest(folder.path(), example_manifest(1));
  EXPECT_THAT(read_file(folder / "manifest.json"), HasSubstr("[0,1] input"));
}

TEST(Manifest, IsNothingInAnEmptyFolder) {
  const TemporaryFolder folder;
  EXPECT_FALSE(read_manifest(folder.path()).has_value());
}

TEST(Manifest, OfANewerSchemaOrNoJsonIsRefusedByName) {
  const TemporaryFolder folder;
  write_manifest(folder.path(), example_manifest(1));
  std::string text = read_file(folder / "manifest.json");
  text.replace(text.find("\"schema\": 1"), 11, "\"schema\": 2");
  for (const std::string& content : {text, std::string("{"), std::string("[]"), std::string()}) {
    replace_file(folder / "manifest.json", content);
    try {
      read_manifest(folder.path());
      FAIL() << content;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr("manifest.json"));
    }
  }
}

}  // namespace
}  // namespace certify
