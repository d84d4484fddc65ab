// How often a run opens its files, as the system sees it.

#include <cstdlib>
#include <regex>

#include <fmt/format.h>

#include "tests/cli/run_fixture.h"

namespace certify {
namespace {

struct OpenedFiles : RunFixture {
  /// Times that the traced job opened a file whose path and flags match.
  std::ptrdiff_t opened(const std::string& pattern) const {
    const std::string trace = read("trace");
    const std::regex matching("\"" + pattern);
    return std::distance(std::sregex_iterator(trace.begin(), trace.end(), matching), {});
  }
  /// Runs the job under strace.
  void trace(const std::vector<std::string>& arguments) {
    // Leaks cannot be looked for in a process that is traced.
    std::string command = fmt::format(
        "cd '{}' && ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=openat -o trace '{}'",
        folder_.path().string(), CERTIFY_BINARY);
    for (const std::string& argument : arguments) command += " '" + argument + "'";
    ASSERT_EQ(std::system((command + " > printed 2>&1").c_str()), 0) << read("printed");
  }
};

TEST_F(OpenedFiles, AFreshRunReadsItsSamplesAtMostOnceAndWritesItsRowsOnce) {
  if (std::system("strace -qq -o /dev/null true > /dev/null 2>&1") != 0) {
    GTEST_SKIP() << "no strace here, or it may not trace";
  }
  trace(job({"--out", "R"}));
  EXPECT_EQ(opened(R"(R/samples\.jsonl", O_WRONLY)"), 1);
  EXPECT_LE(opened(R"(R/samples\.jsonl", O_RDONLY)"), 1) << "for its hash";
  EXPECT_EQ(opened(R"(R/certificates\.tsv")"), 1);
}

}  // namespace
}  // namespace certify
