// `certify config` and `certify schema`: what would be used, and who said so.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/configs/option_table.h"
#include "tests/support/certify_process.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class ConfigCommand : public testing::Test {
 protected:
  ProcessResult run(const std::vector<std::string>& arguments,
                    const std::map<std::string, std::string>& environment = {}) {
    return run_certify(arguments, {folder_.path(), environment, 0});
  }
  TemporaryFolder folder_;
};

TEST_F(ConfigCommand, FlagsBeatTheEnvironmentWhichBeatsTheFileWhichBeatsDefaults) {
  folder_.write("e.json", R"({"dataset":"shapes","sigma":0.25,"alpha":0.1,"n":50,"n0":5})");
  const auto result =
      run({"config", "e.json", "--json", "--n0", "7"}, {{"CERTIFY_N", "60"}, {"CERTIFY_N0", "6"}});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json options = json::parse(result.out).at("options");
  const auto is = [&](const char* name, const json& value, const char* origin) {
    EXPECT_EQ(options.at(name).at("value"), value) << name;
    EXPECT_EQ(options.at(name).at("origin"), origin) << name;
  };
  is("alpha", 0.1, "e.json: /alpha");
  is("n", 60, "CERTIFY_N");
  is("n0", 7, "--n0");
  is("seed", 0, "default");
  is("select", nullptr, "");
  EXPECT_EQ(options.size(), option_table().size());
}

TEST_F(ConfigCommand, ShowsWhatVariesAndHowManyRunsThatGives) {
  folder_.write("e.json", R"({"dataset":"shapes","sigma":0.25,"grid":{"alpha":[0.1,0.2]}})");
  const auto result = run({"config", "e.json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("0.1, 0.2"), HasSubstr("/grid/alpha"), HasSubstr("runs: 2")));
}

TEST_F(ConfigCommand, BadValuesOfEveryLayerExit64AndSayWhichLayer) {
  folder_.write("e.json", R"({"dataset":"shapes","sigma":-1})");
  const auto file = run({"config", "e.json"});
  EXPECT_EQ(file.exit_code, 64);
  EXPECT_THAT(file.err, HasSubstr("e.json: /sigma -1"));
  const auto environment = run({"config"}, {{"CERTIFY_ALPHA", "2"}});
  EXPECT_EQ(environment.exit_code, 64);
  EXPECT_THAT(environment.err, HasSubstr("CERTIFY_ALPHA 2"));
  const auto flag = run({"config", "--alpha", "2"});
  EXPECT_EQ(flag.exit_code, 64);
  EXPECT_THAT(flag.err, HasSubstr("--alpha 2"));
}

TEST_F(ConfigCommand, WhatTheSystemOrTheJsonReaderRefusesIsNoInternalError) {
  folder_.write("e.json", R"({"dataset":"shapes","sigma":1e309})");
  const auto overflow = run({"config", "e.json"});
  EXPECT_EQ(overflow.exit_code, 64);
  EXPECT_THAT(overflow.err, AllOf(HasSubstr("e.json: no JSON: "), HasSubstr("1e309")));
  const auto too_long = run({"config", std::string(300, 'x')});
  EXPECT_EQ(too_long.exit_code, 74);
  EXPECT_THAT(too_long.err, HasSubstr("xxx: File name too long"));
}

TEST_F(ConfigCommand, AnOptionBeforeASubcommandIsNotSilentlyIgnored) {
  const auto result = run({"--alpha", "0.5", "methods"});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err, HasSubstr("--alpha stands before the subcommand"));
}

TEST_F(ConfigCommand, TheSchemaHasEveryOptionAndAllowsNothingElse) {
  const auto result = run({"schema"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json schema = json::parse(result.out);
  EXPECT_EQ(schema.at("$schema"), "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema.at("additionalProperties"), false);
  const json& properties = schema.at("properties");
  for (const OptionSpec& option : option_table()) {
    const std::string name(option.name);
    // A configuration file cannot consent in the user's place.
    ASSERT_NE(properties.contains(name), option.typed_only) << name;
    if (!option.typed_only) {
      EXPECT_EQ(properties.at(name).at("description"), option.help);
    }
  }
  EXPECT_EQ(properties.at("alpha").at("exclusiveMaximum"), 1);
  EXPECT_EQ(properties.at("n").at("type"), "integer");
  EXPECT_FALSE(properties.at("grid").at("properties").contains("workers"));
}

}  // namespace
}  // namespace certify
