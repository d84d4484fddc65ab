#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cctype>
#include <ostream>

#include "tests/coverage/cases.h"

namespace certify::coverage {

/// What GoogleTest shows of a case.
void PrintTo(const Case& c, std::ostream* out) { *out << c.method << ": " << c.description; }

namespace {

class Coverage : public ::testing::TestWithParam<Case> {};

TEST_P(Coverage, ASoundBoundMissesNoMoreThanAlphaAndAPrintedOneIsCaught) {
  const Case& c = GetParam();
  const Outcome outcome = c.run(c.trials);
  const double tolerated = tolerated_misses(c, c.trials);
  const std::string what =
      fmt::format("{}: {}: {} misses of {}, tolerated {:.1f} at alpha = {}", c.method,
                  c.description, outcome.misses, c.trials, tolerated, c.alpha);
  if (c.sound) {
    EXPECT_LE(static_cast<double>(outcome.misses), tolerated) << what;
  } else {
    EXPECT_GT(static_cast<double>(outcome.misses), tolerated) << what;
  }
}

std::string test_name(const ::testing::TestParamInfo<Case>& info) {
  std::string name;
  for (const char c : info.param.method) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
  }
  return fmt::format("{}{}", name, info.index);
}

INSTANTIATE_TEST_SUITE_P(Worst, Coverage, ::testing::ValuesIn(all_cases()), test_name);

}  // namespace
}  // namespace certify::coverage
