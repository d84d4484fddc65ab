// What the program says to a command line that it cannot follow, and to none at all.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/certify_process.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class CommandLine : public testing::Test {
 protected:
  ProcessResult run(const std::vector<std::string>& arguments,
                    const std::map<std::string, std::string>& environment = {}) {
    return run_certify(arguments, {folder_.path(), environment});
  }
  /// What is said of a wrong line: one line, which is an error.
  std::string refusal(const std::vector<std::string>& arguments) {
    const ProcessResult result = run(arguments);
    EXPECT_EQ(result.exit_code, 64) << result.err;
    EXPECT_THAT(result.err, StartsWith("error: "));
    EXPECT_EQ(result.err.find('\n'), result.err.size() - 1) << result.err;
    return result.err;
  }

  TemporaryFolder folder_;
};

TEST_F(CommandLine, NamesTheNearestOfAMistypedOption) {
  EXPECT_THAT(refusal({"--dataset", "shapes", "--sigam", "0.25"}),
              HasSubstr("no option '--sigam', perhaps --sigma; `certify --help`"));
  EXPECT_THAT(refusal({"--dataset", "shapes", "--sigam=0.25"}), HasSubstr("'--sigam', perhaps"));
  EXPECT_THAT(refusal({"curve", "--radi", "0:1:1", "log.tsv"}),
              HasSubstr("certify curve: no option '--radi', perhaps --radii"));
}

TEST_F(CommandLine, NamesTheNearestOfAMistypedSubcommand) {
  EXPECT_THAT(refusal({"verfiy", "R"}), HasSubstr("no subcommand 'verfiy', perhaps verify"));
}

TEST_F(CommandLine, NamesTheFirstOfSeveralWordsThatWereNotExpected) {
  EXPECT_THAT(refusal({"foo", "bar", "baz"}), HasSubstr("no subcommand 'foo'; `certify help`"));
  EXPECT_THAT(refusal({"region", "R", "1", "two", "three"}), HasSubstr("unexpected 'two'"));
}

TEST_F(CommandLine, SaysThatItsNameWasTypedTwice) {
  EXPECT_THAT(refusal({"certify", "doctor"}), HasSubstr("typed twice"));
  EXPECT_THAT(refusal({"certify", "--dataset", "shapes"}), HasSubstr("typed twice"));
}

TEST_F(CommandLine, SaysWhereTheOptionsOfASubcommandAreListed) {
  EXPECT_THAT(refusal({"curve"}), HasSubstr("certify curve: no FILE|RUN is given ("));
  EXPECT_THAT(refusal({"merge"}), HasSubstr("certify merge: no RUN is given ("));
  EXPECT_THAT(refusal({"--dataset", "shapes", "--sigma"}), HasSubstr("--sigma needs a value"));
  EXPECT_THAT(refusal({"completion", "zsh"}), HasSubstr("'zsh': only bash is completed"));
}

TEST_F(CommandLine, IsOneObjectWhereTheLogIsJson) {
  const ProcessResult result = run({"--log-format", "json", "--sigam", "1"});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err, StartsWith("{"));
}

TEST_F(CommandLine, WithNothingTypedSaysWhatToDoFirst) {
  const ProcessResult result = run({});
  EXPECT_EQ(result.exit_code, 64);  // a batch job that lost its options must not pass
  for (const char* first : {"--dataset shapes", "--model", "certify doctor", "certify help"}) {
    EXPECT_THAT(result.err, HasSubstr(first));
  }
  EXPECT_LE(std::count(result.err.begin(), result.err.end(), '\n'), 10);
}

TEST_F(CommandLine, MayComeFromTheEnvironmentAlone) {
  const ProcessResult result = run({}, {{"CERTIFY_DATASET", "shapse"}, {"CERTIFY_SIGMA", "1"}});
  // A refusal of the run: of its data set, or of any run where there is no LibTorch.
  EXPECT_THAT(result.err, AllOf(HasSubstr("error: "), Not(HasSubstr("First run:"))));
}

}  // namespace
}  // namespace certify
