// `certify help`, the completion for bash and the manual page, as their users meet them.

#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/files.h"
#include "core/configs/option_table.h"
#include "tests/support/certify_process.h"
#include "tests/support/temporary_folder.h"

namespace certify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class HelpCommand : public testing::Test {
 protected:
  std::string out_of(const std::vector<std::string>& arguments) {
    const ProcessResult result = run_certify(arguments, {folder_.path(), {}});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  /// What a shell command says; fails the test where the command does.
  std::string shell(const std::string& command) {
    const std::string file = (folder_ / "shell.out").string();
    EXPECT_EQ(std::system((command + " > " + file + " 2>&1").c_str()), 0) << read_file(file);
    return read_file(file);
  }
  static bool has(const char* program) {
    return std::system(("command -v " + std::string(program) + " > /dev/null").c_str()) == 0;
  }
  /// What bash offers for a line, the last word being unfinished.
  std::string completed(const std::vector<std::string>& words) {
    static const std::string completion = out_of({"completion", "bash"});
    folder_.write("completion", completion);
    std::string script = "source ./completion\nCOMP_WORDS=(";
    for (const std::string& word : words) script += " '" + word + "'";
    script += ")\nCOMP_CWORD=" + std::to_string(words.size() - 1) +
              "\n$(complete -p certify | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n"
              "printf '%s\\n' \"${COMPREPLY[@]}\"\n";
    folder_.write("ask", script);
    return shell("cd " + folder_.path().string() + " && bash -u ask");
  }

  TemporaryFolder folder_;
};

TEST_F(HelpCommand, EveryTopicThatIsListedIsExplained) {
  const std::string list = out_of({"help"});
  for (const char* topic : {"certificates", "methods", "output", "experiments", "slurm", "datasets",
                            "models", "environment", "exit-codes"}) {
    EXPECT_THAT(list, HasSubstr(std::string("  ") + topic + " "));
    EXPECT_GT(out_of({"help", topic}).size(), 200U) << topic;
  }
}

TEST_F(HelpCommand, SaysWhatTheDocumentsSay) {
  EXPECT_THAT(out_of({"help", "exit-codes"}),
              AllOf(StartsWith("## Exit codes\n"), HasSubstr("\n| 75 | checkpointed on SIGTERM"),
                    Not(HasSubstr("Environment"))));
  EXPECT_THAT(out_of({"help", "slurm"}), HasSubstr("\ncertify sweep mine.json --launcher slurm"));
  EXPECT_THAT(out_of({"help", "methods"}), HasSubstr("guarantees:"));
  EXPECT_THAT(out_of({"help", "output"}),
              AllOf(HasSubstr("samples.jsonl"), HasSubstr("\n## A sweep's folder\n")));
}

TEST_F(HelpCommand, ASubcommandIsATopicToo) {
  EXPECT_THAT(out_of({"help", "curve"}), HasSubstr("--envelope"));
  EXPECT_EQ(out_of({"help", "verify"}), out_of({"verify", "--help"}));
}

TEST_F(HelpCommand, AnUnknownTopicIsAUsageErrorThatNamesTheNearest) {
  const auto result = run_certify({"help", "exit-code"}, {folder_.path(), {}});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err, HasSubstr("no topic 'exit-code', perhaps 'exit-codes'"));
}

TEST_F(HelpCommand, BashCompletesSubcommandsOptionsAndTheirValues) {
  if (!has("bash")) GTEST_SKIP() << "NO BASH HERE: its completion was not tested";
  EXPECT_EQ(completed({"certify", "rec"}), "recertify\n");
  EXPECT_THAT(completed({"certify", ""}), AllOf(HasSubstr("report\n"), HasSubstr("sweep\n")));
  EXPECT_EQ(completed({"certify", "curve", "--env"}), "--envelope\n");
  EXPECT_EQ(completed({"certify", "sweep", "--launcher", ""}), "local\nslurm\n");
  EXPECT_EQ(completed({"certify", "sweep", "--launcher", "=", "sl"}), "slurm\n");
  EXPECT_EQ(completed({"certify", "sweep", "--score-link", "="}), "softmax\nsparsemax\n");
  EXPECT_THAT(completed({"certify", "--dataset", "sh"}), HasSubstr("shapes\n"));
  EXPECT_THAT(completed({"certify", "--method", "co"}), HasSubstr("cohen\n"));
  EXPECT_EQ(completed({"certify", "recertify", "R", "--method", "cohen,two"}), "cohen,two-sided\n");
  EXPECT_EQ(completed({"certify", "methods", "two"}), "two-sided\n");
  EXPECT_EQ(completed({"certify", "--device", "c"}), "cpu\ncuda\ncuda:0\ncuda:all\n");
  EXPECT_EQ(completed({"certify", "--split", "tr"}), "train\n");
  EXPECT_EQ(completed({"certify", "--normalize", "im"}), "imagenet\n");
  EXPECT_EQ(completed({"certify", "region", "R", "0", "--method", "first-order-"}),
            "first-order-tight\n");
  EXPECT_EQ(completed({"certify", "help", "exit"}), "exit-codes\n");
}

// As bash cuts them: it takes the sign for the end of a word, and puts what is chosen behind it.
TEST_F(HelpCommand, BashCompletesValuesWithAColon) {
  if (!has("bash")) GTEST_SKIP() << "NO BASH HERE: its completion was not tested";
  EXPECT_EQ(completed({"certify", "--device", "cuda", ":"}), "0\nall\n");
  EXPECT_EQ(completed({"certify", "--device", "cuda", ":", "a"}), "all\n");
  EXPECT_EQ(completed({"certify", "sweep", "--device", "=", "cuda", ":", "a"}), "all\n");
  EXPECT_EQ(completed({"certify", "--device", "cuda", ":", "0", "--prec"}), "--precision\n");
}

TEST_F(HelpCommand, BashCompletesTheWordsOfEveryOptionThatHasAFixedSetOfThem) {
  const std::string completion = out_of({"completion", "bash"});
  for (const OptionSpec& option : option_table()) {
    const auto& words = option.words.empty() ? option.examples : option.words;
    if (words.empty()) continue;
    EXPECT_THAT(completion, HasSubstr(fmt::format("\" {}\") _certify_words \"{}\"", flag_of(option),
                                                  fmt::join(words, " "))));
  }
}

TEST_F(HelpCommand, BashCompletesFilesWhereFilesBelongAndNothingForNumbers) {
  if (!has("bash")) GTEST_SKIP() << "NO BASH HERE: its completion was not tested";
  folder_.write("a_run/manifest.json", "");
  EXPECT_EQ(completed({"certify", "report", "a_"}), "a_run\n");
  EXPECT_EQ(completed({"certify", "merge", "--out", "a_"}), "a_run\n");
  EXPECT_EQ(completed({"certify", "recertify", "a_run", "--alpha", ""}), "\n");
  folder_.write("b file.pt", "");
  EXPECT_EQ(completed({"certify", "--model", "b"}), "b file.pt\n");
}

TEST_F(HelpCommand, TheCompletionKnowsEveryOptionOfTheHelp) {
  const std::string completion = out_of({"completion", "bash"});
  for (const char* command : {"sweep", "curve", "recertify", "report", "verify", "show"}) {
    std::string help = out_of({command, "--help"});
    for (auto at = help.find("--"); at != std::string::npos; at = help.find("--", at + 2)) {
      if (help[at - 1] != ' ' && help[at - 1] != ',') continue;
      const auto end = help.find_first_not_of("abcdefghijklmnopqrstuvwxyzN0-", at);
      if (end - at < 4) continue;
      EXPECT_THAT(completion, HasSubstr(help.substr(at, end - at))) << command;
    }
  }
}

TEST_F(HelpCommand, TheManualPageHasEverySubcommandAndNoErrors) {
  const std::string page = out_of({"completion", "man"});
  folder_.write("certify.1", page);
  const std::string file = (folder_ / "certify.1").string();
  EXPECT_THAT(page, StartsWith(".TH CERTIFY 1"));
  for (const char* part : {".SS recertify\n", ".SS report\n", ".SS sweep\n", ".SH EXIT STATUS\n",
                           ".SH ENVIRONMENT\n", "\\-\\-envelope"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
  if (!has("groff")) GTEST_SKIP() << "NO GROFF HERE: the manual page was not set";
  EXPECT_EQ(shell("groff -man -Kutf8 -Tutf8 -ww -z " + file), "");
  EXPECT_THAT(shell("groff -man -Kutf8 -Tutf8 -P-cbou " + file), HasSubstr("EXIT STATUS"));
}

}  // namespace
}  // namespace certify
