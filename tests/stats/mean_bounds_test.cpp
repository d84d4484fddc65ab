// The bounds on means of [0, 1] variables against the golden tables, and what they have in common.

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "core/base/errors.h"
#include "core/stats/means/betting.h"
#include "core/stats/means/empirical_bernstein.h"
#include "core/stats/means/histogram_betting.h"
#include "core/stats/means/star_bets.h"
#include "core/stats/sequential/confidence_sequence.h"
#include "tests/stats/golden.h"

namespace certify {
namespace {

constexpr double kTolerance = 1e-9;

std::vector<double> sequence(const nlohmann::json& name) {
  return testing::golden().at("sequences").at(name.get<std::string>()).get<std::vector<double>>();
}

std::vector<double> independent_sequence(const nlohmann::json& inputs) {
  return testing::independent_golden()
      .at("sequences")
      .at(inputs.at("seq").get<std::string>())
      .get<std::vector<double>>();
}

std::vector<WeightedValue> weighted(const std::vector<double>& x) {
  std::map<double, std::int64_t> counts;
  for (const double value : x) ++counts[value];
  std::vector<WeightedValue> result;
  for (const auto& [value, count] : counts) result.push_back({value, count});
  return result;
}

/// A bound clipped at 0 against a reference that is not.
void expect_lower(const LowerBound& bound, long double truth, const std::string& what) {
  if (truth <= 0) {
    EXPECT_EQ(bound.p, 0) << what;
    EXPECT_EQ(bound.q, 1) << what;
    return;
  }
  if (truth < 1e-3) {  // the searches stop at 1e-12, whatever the bound
    EXPECT_LE(static_cast<long double>(bound.p), truth) << what;
    EXPECT_NEAR(bound.p, static_cast<double>(truth), 2e-12) << what;
  } else {
    testing::expect_just_below(bound.p, truth, kTolerance, what);
  }
  testing::expect_just_above(bound.q, 1 - truth, kTolerance, what);
}

TEST(EmpiricalBernstein, MatchesTheTable) {
  for (const auto& row : testing::golden().at("maurer_pontil")) {
    const auto x = sequence(row[0]);
    expect_lower(empirical_bernstein_lower(x, row[1]), testing::exact(row[2]), row.dump());
    expect_lower(empirical_bernstein_lower(weighted(x), row[1]), testing::exact(row[2]),
                 row.dump());
  }
}

TEST(EmpiricalBernstein, MatchesTheIndependentTable) {
  for (const auto& entry : testing::independent_entries("maurer_pontil_lower")) {
    const auto& in = entry["inputs"];
    const auto x = independent_sequence(in);
    // Entries on [-1, 1] are those of 2x - 1: the bound moves with the variable.
    const long double truth = testing::exact(entry["expected"]);
    const long double unit = in.contains("transform") ? (1 + truth) / 2 : truth;
    expect_lower(empirical_bernstein_lower(x, testing::number(in["alpha"])), unit, entry.dump());
  }
  for (const auto& entry : testing::independent_entries("maurer_pontil_upper")) {
    const auto& in = entry["inputs"];
    auto x = independent_sequence(in);
    for (double& value : x) value = 1 - value;
    expect_lower(empirical_bernstein_lower(x, testing::number(in["alpha"])),
                 1 - testing::exact(entry["expected"]), entry.dump());
  }
}

TEST(EmpiricalBernstein, ASingleSampleSaysNothing) {
  EXPECT_EQ(empirical_bernstein_lower(std::vector<double>{1.0}, 0.1).p, 0);
}

TEST(ConfidenceSequence, MatchesTheTable) {
  for (const auto& row : testing::golden().at("confidence_sequence")) {
    if (!row[3] || !row[4]) continue;  // bets tuned to every time, or the bound at the last one
    expect_lower(confidence_sequence_lower(sequence(row[0]), row[1], row[2]),
                 testing::exact(row[5]), row.dump());
  }
}

TEST(ConfidenceSequence, MatchesTheIndependentTable) {
  for (const auto& entry : testing::independent_entries("predmix_eb_lower")) {
    const auto& in = entry["inputs"];
    if (in["fixed_n"].is_null() || !in["running_max"]) continue;
    expect_lower(confidence_sequence_lower(independent_sequence(in), testing::number(in["alpha"]),
                                           testing::number(in["c"])),
                 testing::exact(entry["expected"]), entry.dump());
  }
}

TEST(Betting, MatchesTheTable) {
  for (const auto& row : testing::golden().at("betting")) {
    if (!row[3]) continue;  // bets tuned to every time
    expect_lower(betting_lower(sequence(row[0]), row[1], row[2]), testing::exact(row[4]),
                 row.dump());
  }
}

TEST(Betting, MatchesTheIndependentTable) {
  for (const auto& entry : testing::independent_entries("betting_lower")) {
    const auto& in = entry["inputs"];
    if (in["fixed_n"].is_null()) continue;
    expect_lower(betting_lower(independent_sequence(in), testing::number(in["alpha"]),
                               testing::number(in["c"])),
                 testing::exact(entry["expected"]), entry.dump());
  }
}

TEST(Betting, SurvivesCapitalsBeyondTheRangeOfDoubles) {
  // At means far from the samples' the capital passes 1e-300 or 1e300 within a few thousand steps.
  const std::vector<double> ones(200'000, 1.0);
  EXPECT_GT(betting_lower(ones, 0.001).p, 0.9999);
  const std::vector<double> low(200'000, 0.01);
  const double p = betting_lower(low, 0.001).p;
  EXPECT_GT(p, 0.0098);
  EXPECT_LT(p, 0.01);
}

TEST(HistogramBetting, MatchesTheTable) {
  for (const auto& row : testing::golden().at("mixture_betting")) {
    const auto rates = row[2].get<std::vector<double>>();
    expect_lower(mixture_betting_lower(weighted(sequence(row[0])), row[1], rates),
                 testing::exact(row[3]), row.dump());
  }
}

TEST(HistogramBetting, MatchesTheIndependentTable) {
  for (const auto& entry : testing::independent_entries("const_mixture_betting_lower")) {
    const auto& in = entry["inputs"];
    std::vector<double> rates;
    for (const auto& rate : in["r"]) rates.push_back(testing::number(rate));
    expect_lower(mixture_betting_lower(weighted(independent_sequence(in)),
                                       testing::number(in["alpha"]), rates),
                 testing::exact(entry["expected"]), entry.dump());
  }
}

TEST(HistogramBetting, RatesDoubleFromTheSmallestUsefulOne) {
  const auto rates = default_rates(100'000, 0.001);
  EXPECT_EQ(rates.front(), 0.98);
  EXPECT_NEAR(rates.back(), std::sqrt(2 * std::log(1000) / 1e5), 1e-12);
  for (std::size_t i = 1; i < rates.size(); ++i) EXPECT_LE(rates[i - 1] / rates[i], 2 + 1e-12);
}

TEST(StarBets, MatchesTheIndependentTable) {
  for (const auto& entry : testing::independent_entries("star_bets_grid_lower")) {
    const auto& in = entry["inputs"];
    const double p =
        star_bets_lower(independent_sequence(in), testing::number(in["alpha"]), in["G"]).p;
    EXPECT_NEAR(p, static_cast<double>(testing::exact(entry["expected"])), 1e-12) << entry;
  }
}

TEST(StarBets, IsAMultipleOfTheGridAndTighterThanBettingOnManySamples) {
  std::vector<double> x;
  for (int i = 0; i < 1000; ++i) x.push_back(i % 10 == 3 ? 0.1 : 0.97);
  const double star = star_bets_lower(x, 0.001, 2000).p;
  EXPECT_NEAR(star * 2000, std::round(star * 2000), 1e-9);
  EXPECT_GT(star, betting_lower(x, 0.001).p);
  EXPECT_LT(star, 0.883);  // the sample mean
}

TEST(MeanBounds, AreRefusedForSamplesThatAreNotInTheUnitInterval) {
  for (const double bad : {-0.1, 1.1, std::nan("")}) {
    const std::vector<double> x = {0.5, bad};
    EXPECT_THROW(empirical_bernstein_lower(x, 0.1), InputError);
    EXPECT_THROW(confidence_sequence_lower(x, 0.1), InputError);
    EXPECT_THROW(betting_lower(x, 0.1), InputError);
    EXPECT_THROW(star_bets_lower(x, 0.1, 10), InputError);
    EXPECT_THROW(mixture_betting_lower(std::vector<WeightedValue>{{bad, 1}}, 0.1), InputError);
  }
  const std::vector<double> none;
  EXPECT_THROW(betting_lower(none, 0.1), InputError);
  EXPECT_THROW(betting_lower(std::vector<double>{0.5}, 1.5), InputError);
  EXPECT_THROW(betting_lower(std::vector<double>{0.5}, 0.1, 1), InputError);
  EXPECT_THROW(confidence_sequence_lower(std::vector<double>{0.5}, 0.1, 1), InputError);
  EXPECT_THROW(mixture_betting_lower(std::vector<WeightedValue>{{0.5, -1}}, 0.1), InputError);
  EXPECT_THROW(star_bets_lower(std::vector<double>{0.5}, 0.1, 0), InputError);
}

}  // namespace
}  // namespace certify
