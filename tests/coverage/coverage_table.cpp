// Writes the table of docs/coverage.md:
//   build/core-only/bin/coverage_table [FACTOR] > docs/coverage.md
// FACTOR multiplies the number of simulations; exit 1 if any case is not as it must be.

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/coverage/cases.h"

namespace {

using certify::coverage::Case;
using certify::coverage::Outcome;

bool as_expected(const Case& c, const Outcome& outcome, std::int64_t trials) {
  const bool within = static_cast<double>(outcome.misses) <= tolerated_misses(c, trials);
  return within == c.sound;
}

/// The printed variants claim infinite radii.
std::string number(double value) { return value > 1e6 ? "infinite" : fmt::format("{:.4f}", value); }

constexpr std::string_view kIntroduction = R"(# Coverage, measured

How often each bound is above what it bounds, at the worst parameters known: near ties, all mass on two
classes, odd n + t, means near 0 and 1, two-point and heavy-tailed scores. A sound bound may miss a share
alpha of the time; `tests/coverage` fails when it misses more than that by four standard errors, and also
when a printed variant that is no certificate is *not* caught. Radii at sigma = 1, abstentions as 0, beside
the largest radius that the bounded quantity allows; for bounds on a mean, the bound and the mean.

Written by `build/core-only/bin/coverage_table > docs/coverage.md`; the seeds are fixed.

| method | case | alpha | simulations | misses | share | mean bound | truth | |
|---|---|---|---|---|---|---|---|---|
)";

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t factor = argc > 1 ? std::atoll(argv[1]) : 1;
  if (factor < 1) {
    fmt::print(stderr, "usage: coverage_table [FACTOR]\n");
    return 64;
  }
  fmt::print("{}", kIntroduction);
  bool all_expected = true;
  for (const Case& c : certify::coverage::all_cases()) {
    const std::int64_t trials = c.trials * factor;
    const Outcome outcome = c.run(trials);
    const bool expected = as_expected(c, outcome, trials);
    all_expected = all_expected && expected;
    const std::string_view verdict = c.sound ? (expected ? "holds" : "**fails**")
                                             : (expected ? "caught: no certificate" : "**missed**");
    std::fflush(stdout);
    fmt::print("| {} | {} | {} | {} | {} | {:.2g} | {} | {} | {} |\n", c.method, c.description,
               c.alpha, trials, outcome.misses,
               static_cast<double>(outcome.misses) / static_cast<double>(trials),
               number(outcome.mean_bound), number(outcome.truth), verdict);
  }
  return all_expected ? 0 : 1;
}
