#pragma once
/// Simulated coverage: how often each bound and method is wrong at the worst parameters known. One
/// list for the test that fails on it and for the table in docs/coverage.md.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace certify::coverage {

struct Outcome {
  std::int64_t misses = 0;
  double mean_bound = 0;  ///< a radius (sigma = 1; abstention 0) or a bound on a mean
  double truth = 0;       ///< what it bounds; 0 where the answer is a class
};

struct Case {
  std::string method;
  std::string description;  ///< the parameters
  double alpha = 0;
  std::int64_t trials = 0;
  bool sound = true;
  std::function<Outcome(std::int64_t trials)> run;
};

/// Misses that a bound of failure probability alpha exceeds by chance once in 30,000 tests: the
/// expected number and four standard errors.
double tolerated_misses(const Case& c, std::int64_t trials);

std::vector<Case> hard_label_cases();
std::vector<Case> mean_cases();
std::vector<Case> soft_cases();
std::vector<Case> stopping_cases();
std::vector<Case> gradient_cases();
std::vector<Case> ellipsoid_cases();
std::vector<Case> noise_cases();
/// All of the above.
std::vector<Case> all_cases();

}  // namespace certify::coverage
