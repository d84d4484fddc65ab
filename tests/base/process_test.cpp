#include "core/base/process.h"

#include <gtest/gtest.h>

namespace certify {
namespace {

TEST(RunCommand, GivesItsWordsAsTheyAre) {
  const CommandAnswer answer = run_command({"printf", "[%s]", "a b", "$HOME", "it's"});
  EXPECT_EQ(answer.code, 0);
  EXPECT_EQ(answer.text, "[a b][$HOME][it's]");
}

TEST(RunCommand, AnswersWithBothStreamsAndTheExitCode) {
  const CommandAnswer answer = run_command({"sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(answer.code, 3);
  EXPECT_EQ(answer.text, "out\nerr");
}

TEST(RunCommand, TellsThatThereIsNoSuchProgram) {
  EXPECT_TRUE(run_command({"certify-has-no-such-program"}).is_missing());
}

}  // namespace
}  // namespace certify
