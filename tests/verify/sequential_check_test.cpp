#include "core/verify/checks/sequential_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "core/methods/counts/cohen_sequential.h"
#include "core/report/logs/cohen_log.h"
#include "core/stats/sequential/sequential_test.h"
#include "tests/verify/golden.h"

namespace certify {
namespace {

using checker::Real;
using checker::Share;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Evidence, AgreesWithMpmathToAHundredthOfTheStatedError) {
  for (const auto& [k, t, q, value] : golden_lines("evidence")) {
    const Real found =
        checker::log_evidence(std::stoll(k), std::stoll(t), Share::from_q(std::stod(q)));
    EXPECT_LT(std::abs(found - std::strtold(value.c_str(), nullptr)), checker::kTailError / 100)
        << k << " of " << t << ", q = " << q;
  }
}

TEST(Evidence, AgreesWithTheClosedFormUpToTenMillion) {
  for (const std::int64_t t : {1, 7, 300, 100'000, 10'000'000}) {
    for (const std::int64_t k : {t, t - t / 1000, t - t / 20, t / 2, t / 50}) {
      for (const double below : {0.5, 1.0, 4.0}) {
        const double share = (static_cast<double>(k) + 0.5) / (static_cast<double>(t) + 1);
        const double sd = std::sqrt(share * (1 - share) / static_cast<double>(t));
        const Proportion p0 = Proportion::from_p(share - std::min(below * sd, 0.9 * share));
        const double closed = log_e_value(k, t, p0);
        if (closed < 0) continue;
        EXPECT_NEAR(static_cast<double>(checker::log_evidence(k, t, Share{p0.p, p0.q})), closed,
                    2 * sequential_test_error(t, closed))
            << k << " of " << t;
      }
    }
  }
}

StatedRow row_of(std::int64_t votes, std::int64_t drawn, StopReason stopped) {
  ImageSamples samples;
  samples.selection.votes = {1, 0};
  samples.estimation.votes = {votes, drawn - votes};
  samples.stopped = stopped;
  const Certificate c = kCohenSequential.certify(samples, {.noise = gaussian_noise(0.25)});
  return parse_rows(certificates_header() + certificates_row(c), "rows").at(0);
}

std::vector<std::string> check(const StatedRow& row) {
  return check_row(row, ClassFrom::kSeparateSamples);
}

TEST(SequentialRows, OfTheMethodPassWhateverTheVotes) {
  for (const std::int64_t drawn : {128, 1024, 100'000}) {
    for (const double share : {0.0, 0.001, 0.3, 0.51, 0.8, 0.99, 0.9999, 1.0}) {
      const auto votes = static_cast<std::int64_t>(share * static_cast<double>(drawn));
      for (const StopReason stopped : {StopReason::kNone, StopReason::kCertified}) {
        EXPECT_THAT(check(row_of(votes, drawn, stopped)), IsEmpty()) << votes << " of " << drawn;
      }
    }
  }
}

TEST(SequentialRows, AStoppedImageMayNotClaimTheBoundOfADrawnOne) {
  StatedRow row = row_of(990, 1024, StopReason::kNone);
  EXPECT_THAT(check(row), IsEmpty());
  row.method = "cohen-sequential";
  EXPECT_THAT(check(row), ElementsAre(HasSubstr("p_lower claims too much: 990 of 1024 votes"),
                                      HasSubstr("p_upper claims too much")));
}

TEST(SequentialRows, ABoundABillionthTooHighIsFoundAndSoIsARadius) {
  StatedRow row = row_of(990, 1024, StopReason::kHopeless);
  row.p_upper *= 1 - 1e-9;
  EXPECT_THAT(check(row), ElementsAre(HasSubstr("p_upper claims too much")));
  row = row_of(990, 1024, StopReason::kHopeless);
  row.radius *= 1 + 1e-12;
  EXPECT_THAT(check(row), ElementsAre(HasSubstr("radius_full")));
}

TEST(SequentialRows, AreHeldToTheirAlpha) {
  StatedRow row = row_of(990, 1024, StopReason::kCertified);
  row.alpha = 0.0009;
  EXPECT_EQ(check(row).size(), 2u);
}

TEST(SequentialRows, OfAClassFromTheSameSamplesAreNotPassed) {
  EXPECT_THAT(check_row(row_of(990, 1024, StopReason::kCertified), ClassFrom::kSameSamples),
              ElementsAre(HasSubstr("decided when to stop")));
}

}  // namespace
}  // namespace certify
