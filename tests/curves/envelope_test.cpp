#include "core/curves/areas.h"

#include <gtest/gtest.h>

#include <random>

#include "core/base/errors.h"
#include "core/curves/certified_accuracy.h"

namespace certify {
namespace {

RadiusLog random_log(std::uint64_t seed, double scale) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform;
  RadiusLog log{.name = "log"};
  for (int i = 0; i < 40; ++i) {
    const bool correct = uniform(random) < 0.7;
    log.rows.push_back({.index = i,
                        .label = 1,
                        .predicted = correct ? 1 : kAbstain,
                        .radius = correct ? scale * uniform(random) : 0,
                        .correct = correct});
  }
  return log;
}

TEST(UpperEnvelope, IsTheLargestAccuracyAtEveryRadius) {
  const std::vector<RadiusLog> logs{random_log(1, 0.5), random_log(2, 1), random_log(3, 2)};
  const CertifiedAccuracy envelope(upper_envelope(logs, "best"));
  for (double r = 0; r < 2.1; r += 0.01) {
    double most = 0;
    for (const RadiusLog& log : logs) most = std::max(most, CertifiedAccuracy(log).at(r));
    EXPECT_EQ(envelope.at(r), most) << r;
  }
}

TEST(UpperEnvelope, RefusesDifferentSets) {
  std::vector<RadiusLog> logs{random_log(1, 0.5), random_log(2, 1)};
  logs[1].rows.pop_back();
  EXPECT_THROW(upper_envelope(logs, "best"), InputError);
  EXPECT_THROW(upper_envelope({}, "best"), InputError);
}

}  // namespace
}  // namespace certify
