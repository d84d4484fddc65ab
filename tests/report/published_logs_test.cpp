/// Numbers of published logs, where the data folder beside the checkout is there.

#include <filesystem>

#include <gtest/gtest.h>

#include "core/curves/certified_accuracy.h"
#include "core/report/logs/cohen_log.h"
#include "tests/support/source_dir.h"

namespace certify {
namespace {

const std::filesystem::path kData = CERTIFY_SOURCE_DIR "/../shared/data";

void expect_accuracies(const std::string& file, const std::vector<double>& expected) {
  const std::filesystem::path path = kData / "cohen2019" / file;
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  const CertifiedAccuracy curve(read_cohen_log(path));
  EXPECT_EQ(curve.images(), 500);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_DOUBLE_EQ(curve.at(0.25 * static_cast<double>(i)), expected[i]) << i;
  }
}

// Every 20th image of the CIFAR-10 test set, ResNet-110: locuslab/smoothing, analysis of Cohen et
// al.
TEST(PublishedLogs, CohenAtSigmaAQuarter) {
  expect_accuracies("cohen_cifar10_resnet110_noise_0.25_test_sigma_0.25.tsv",
                    {0.748, 0.600, 0.428, 0.266});
}
TEST(PublishedLogs, CohenAtSigmaAHalf) {
  expect_accuracies("cohen_cifar10_resnet110_noise_0.50_test_sigma_0.50.tsv",
                    {0.652, 0.546, 0.414, 0.320});
}
TEST(PublishedLogs, CohenAtSigmaOne) {
  expect_accuracies("cohen_cifar10_resnet110_noise_1.00_test_sigma_1.00.tsv",
                    {0.472, 0.392, 0.340, 0.278});
}

TEST(PublishedLogs, EveryRadiusColumnOfMohapatra) {
  const std::filesystem::path path = kData / "higher-order" / "cifar10_resnet110_sigma_0.25.tsv";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  for (const char* column : {"radiusR", "radius_L1", "radius_L2", "radius_cohen"}) {
    EXPECT_EQ(read_cohen_log(path, column).rows.size(), 999U) << column;
  }
}

}  // namespace
}  // namespace certify
