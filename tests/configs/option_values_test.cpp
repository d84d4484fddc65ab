#include "core/configs/option_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "core/base/errors.h"
#include "core/base/files.h"
#include "core/configs/nearest.h"
#include "core/methods/catalogue.h"
#include "tests/support/source_dir.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::Gt;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Json parsed(const char* name, const std::string& text) {
  return parse_option(option_spec(name), text, flag_of(option_spec(name)));
}

std::string refusal(const char* name, const std::string& text) {
  try {
    parsed(name, text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(OptionTable, HasEachNameOnceInLowerCaseWithHelpAndAGroup) {
  std::set<std::string_view> names;
  for (const OptionSpec& option : option_table()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_EQ(option.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              std::string_view::npos);
    EXPECT_THAT(option.help, SizeIs(Gt(5))) << option.name;
    EXPECT_THAT(option.group, Not(IsEmpty())) << option.name;
  }
}

TEST(OptionTable, EveryDefaultIsAValueThatTheOptionMayHave) {
  const OptionSet nothing_set;
  for (const OptionSpec& option : option_table()) {
    EXPECT_NO_THROW(nothing_set.value(option.name)) << option.name;
    if (option.type == OptionType::kFlag) {
      EXPECT_EQ(option.fallback, "false");
    }
  }
}

TEST(OptionTable, OffersExactlyTheMethodsOfTheCatalogue) {
  EXPECT_THAT(option_spec("method").words, SizeIs(all_methods().size()));
  EXPECT_EQ(option_spec("method").words.front(), all_methods().front()->name);
}

TEST(OptionTable, EveryOptionIsTakenOverIntoARun) {
  const std::filesystem::path source = CERTIFY_SOURCE_DIR;
  std::string readers = read_file(source / "core/plan/plan.cpp");
  for (const char* file : {"open_run.cpp", "run_network.cpp", "run_command.cpp"}) {
    readers += read_file(source / "apps/certify/run" / file);
  }
  for (const OptionSpec& option : option_table()) {
    EXPECT_NE(readers.find('"' + std::string(option.name) + '"'), std::string::npos)
        << option.name << ": an option that nobody reads is one that is silently ignored";
  }
}

TEST(OptionTable, SpellsFlagsWithHyphensAndVariablesInCapitals) {
  EXPECT_EQ(flag_of(option_spec("score_link")), "--score-link");
  EXPECT_EQ(environment_of(option_spec("score_link")), "CERTIFY_SCORE_LINK");
}

TEST(OptionValues, AreReadWithTheirType) {
  EXPECT_EQ(parsed("alpha", "0.001"), 0.001);
  EXPECT_EQ(parsed("n", "100000"), 100000);
  EXPECT_EQ(parsed("n", "1e5").dump(), "100000");
  EXPECT_EQ(parsed("seed", "18446744073709551615").get<std::uint64_t>(), 18446744073709551615U);
  EXPECT_EQ(parsed("count", "-1"), -1);
  EXPECT_EQ(parsed("quiet", "1"), true);
  EXPECT_EQ(parsed("model", "a/b.pt"), "a/b.pt");
}

TEST(OptionValues, OutOfRangeOrOfAnotherTypeAreRefusedWithWhatWasExpected) {
  for (const char* bad : {"0", "1", "-1", "nan", "inf", "1e999", "0.5x", "", " 0.5", "0x1"}) {
    EXPECT_THAT(refusal("alpha", bad), AllOf(HasSubstr("--alpha " + std::string(bad)),
                                             HasSubstr("strictly between 0 and 1")))
        << bad;
  }
  for (const char* bad : {"0", "-5", "1.5", "4000000001", "99999999999999999999999", "many"}) {
    EXPECT_THAT(refusal("n", bad), HasSubstr("a whole number from 1 to 4000000000")) << bad;
  }
  for (const char* bad : {"0", "-0.1", "nan", "inf"}) {
    EXPECT_THAT(refusal("sigma", bad), HasSubstr("a number above 0")) << bad;
  }
  for (const char* bad : {"-1", "1.5", "many"}) {
    EXPECT_THAT(refusal("n0", bad), HasSubstr("--n0 " + std::string(bad)));
  }
  for (const char* counted : {"workers", "batch"}) {
    EXPECT_THAT(refusal(counted, "-2"), HasSubstr("-2"));
  }
  EXPECT_THAT(refusal("log_format", "xml"), HasSubstr("text, json"));
  EXPECT_THAT(refusal("seed", "-1"), HasSubstr("--seed -1"));
  EXPECT_THAT(refusal("seed", "18446744073709551616"), HasSubstr("--seed 18446744073709551616"));
  EXPECT_THAT(refusal("fresh", "maybe"), HasSubstr("true or false"));
  EXPECT_THAT(refusal("dataset", ""), HasSubstr("a text"));
  EXPECT_THAT(refusal("select", "lable"),
              AllOf(HasSubstr("n0, same, label"), HasSubstr("did you mean label?")));
  EXPECT_THAT(refusal("method", "two_sided"), HasSubstr("did you mean two-sided?"));
}

TEST(OptionValues, InJsonMustHaveTheTypeOfTheOption) {
  const auto refused = [](const char* name, const Json& value) {
    try {
      checked_option(option_spec(name), value, "file.json: /x");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(refused("alpha", "0.001"), HasSubstr("file.json: /x \"0.001\": expected a number"));
  EXPECT_THAT(refused("n", 1.5), HasSubstr("1.5"));
  EXPECT_THAT(refused("n", true), HasSubstr("true"));
  EXPECT_THAT(refused("n", nullptr), HasSubstr("null"));
  EXPECT_THAT(refused("quiet", 1), HasSubstr("true or false"));
  EXPECT_THAT(refused("method", Json::array()), HasSubstr("[]"));
  EXPECT_EQ(checked_option(option_spec("n"), 1e5, "").dump(), "100000");
}

TEST(OptionValues, AreTypedAgainAsTheSameNumber) {
  for (const double number : {0.001, 0.1 + 0.2, 1e-12, 5e-324, 1.0 / 3}) {
    EXPECT_EQ(parsed("lipschitz", option_text(Json(number))), number);
  }
  EXPECT_EQ(option_text(Json(100000)), "100000");
  EXPECT_EQ(option_text(Json(nullptr)), "");
}

TEST(OptionSet, TheLastLayerWinsAndSaysWhoItWas) {
  OptionSet options;
  EXPECT_EQ(options.number("alpha"), 0.001);
  EXPECT_EQ(options.origin("alpha"), "default");
  EXPECT_FALSE(options.given("alpha"));
  options.set("alpha", 0.01, "a.json: /alpha");
  setenv("CERTIFY_ALPHA", "0.05", 1);
  setenv("CERTIFY_SPLIT", "", 1);  // says nothing
  set_from_environment(options, [](const OptionSpec&) { return true; });
  unsetenv("CERTIFY_ALPHA");
  unsetenv("CERTIFY_SPLIT");
  EXPECT_EQ(options.number("alpha"), 0.05);
  EXPECT_EQ(options.origin("alpha"), "CERTIFY_ALPHA");
  EXPECT_EQ(options.text("split"), "test");
  EXPECT_TRUE(options.value("sigma").is_null());
  EXPECT_EQ(options.text("sigma"), "");
}

TEST(Nearest, FindsWhatWasMeantAndNothingElse) {
  const std::vector<std::string_view> known{"alpha", "sigma", "method", "model", "n", "n0"};
  EXPECT_EQ(nearest("alhpa", known), "alpha");
  EXPECT_EQ(nearest("sigmaa", known), "sigma");
  EXPECT_EQ(nearest("metod", known), "method");
  EXPECT_EQ(nearest("quux", known), "");
  EXPECT_EQ(nearest("", known), "n");
}

}  // namespace
}  // namespace certify
