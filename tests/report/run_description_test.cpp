#include "core/report/sources/run_description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/runs/manifest.h"

namespace certify {
namespace {

using testing::Contains;
using testing::Key;
using testing::Pair;

Manifest run_of_8_bits(const std::string& calibration) {
  Manifest m;
  m.settings.split = "test";
  m.settings.sigma = 0.25;
  m.settings.noise = "philox4x32-10/box-muller-32/hwc/v1";
  m.settings.method = "cohen";
  m.settings.precision = Precision::kInt8;
  m.settings.calibration = calibration;
  m.settings.int8_ranges = "bf803f80";
  return m;
}

TEST(RunDescription, SaysWhatSetTheScalesOfEightBits) {
  const auto row = [](const char* calibration) {
    return describe_settings(run_of_8_bits(calibration));
  };
  const char* const name = "scales of 8 bits";
  EXPECT_THAT(row("train:64"), Contains(Pair(name, "set by 64 noisy images of train")));
  EXPECT_THAT(row("test:9"), Contains(Pair(name,
                                           "set by 9 noisy images of test, which is the "
                                           "split that is certified")));
  EXPECT_THAT(row("file"), Contains(Pair(name, "as the network's file has them")));
  EXPECT_THAT(row(""), testing::Not(Contains(Key(name))));
}

TEST(RunDescription, OtherScalesAreAnotherClassifier) {
  const RunSettings run = run_of_8_bits("train:64").settings;
  RunSettings other = run;
  other.method = "liang-exact";
  EXPECT_EQ(comparable_key(other), comparable_key(run));
  other.int8_ranges = "bf003f80";
  EXPECT_NE(comparable_key(other), comparable_key(run));
}

}  // namespace
}  // namespace certify
