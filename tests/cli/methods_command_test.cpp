// `certify methods` and its texts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "core/methods/catalogue.h"
#include "core/report/tables/text.h"
#include "tests/support/certify_process.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

ProcessResult run(const std::vector<std::string>& arguments) {
  const TemporaryFolder folder;
  return run_certify(arguments, {folder.path(), {}, 0});
}

TEST(MethodTexts, ThereIsOneForEveryMethod) {
  for (const Method* method : all_methods()) {
    const auto result = run({"methods", std::string(method->name)});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    for (const char* part : {"formula", "assumes", "use"}) {
      EXPECT_THAT(result.out, ContainsRegex(fmt::format("  {}: +[^ ].{{30}}", part)))
          << method->name;
    }
    EXPECT_THAT(result.out, ContainsRegex("  alpha: +[^ ].{10}")) << method->name;
  }
}

TEST(MethodsCommand, ListsEveryMethodWithPaperNeedsAndGuarantee) {
  const auto result = run({"methods"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const Method* method : all_methods()) {
    EXPECT_THAT(result.out, HasSubstr(std::string(method->name) + "\n"));
  }
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("paper:"), HasSubstr("needs:"), HasSubstr("guarantees:")));
}

TEST(MethodsCommand, ExplainsEachInAScreenful) {
  for (const char* name :
       {"cohen", "second-margin", "first-order", "first-order-tight", "soft-second-betting"}) {
    const auto result = run({"methods", name});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out,
                AllOf(HasSubstr("formula:"), HasSubstr("guarantees:"), HasSubstr("assumes:"),
                      HasSubstr("alpha:"), HasSubstr("use:"), HasSubstr("paper:")));
    EXPECT_LE(std::count(result.out.begin(), result.out.end(), '\n'), 25);
    std::size_t from = 0;
    for (std::size_t end; (end = result.out.find('\n', from)) != std::string::npos;
         from = end + 1) {
      EXPECT_LE(display_width(result.out.substr(from, end - from)), 100U);
    }
  }
}

TEST(MethodsCommand, RefusesWhatThereIsNot) {
  const auto unknown = run({"methods", "cohn"});
  EXPECT_EQ(unknown.exit_code, 64);
  EXPECT_THAT(unknown.err, HasSubstr("no method 'cohn', perhaps cohen;"));
}

}  // namespace
}  // namespace certify
