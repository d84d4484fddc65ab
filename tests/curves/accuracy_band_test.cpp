#include "core/curves/certified_accuracy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/stats/binomial/certified_accuracy_bound.h"

namespace certify {
namespace {

RadiusLog many_radii(int images) {
  RadiusLog log{.name = "x"};
  for (int i = 0; i < images; ++i) {
    log.rows.push_back({.index = i,
                        .label = 1,
                        .predicted = 1,
                        .radius = 0.001 * (i * i % 997),
                        .correct = i % 3 > 0});
  }
  return log;
}

TEST(AccuracyBand, IsTheExactBoundWhereStepsAreFew) {
  const CertifiedAccuracy curve(many_radii(90));
  const AccuracyBand band(curve, 0.01, 0.05);
  for (const CurveStep& step : curve.steps()) {
    const auto good = certified_count_exact(curve.certified(step.radius), 90, 0.01, 0.05);
    EXPECT_EQ(band.at(step.radius), static_cast<double>(good) / 90);
  }
}

TEST(AccuracyBand, OfManyImagesHasFewStepsAndIsNowhereAboveTheBound) {
  const CertifiedAccuracy curve(many_radii(20000));
  const AccuracyBand band(curve, 0.001, 0.001);
  EXPECT_LT(band.steps().size(), 600U);
  for (double r = 0; r < 1; r += 0.0173) {
    const auto good = certified_count_exact(curve.certified(r), 20000, 0.001, 0.001);
    EXPECT_LE(band.at(r), static_cast<double>(good) / 20000) << r;
    EXPECT_GE(band.at(r), static_cast<double>(good) / 20000 - 0.01) << r;
  }
}

TEST(AccuracyBand, EndsWithTheCurveAndNeverRises) {
  const AccuracyBand band(CertifiedAccuracy(many_radii(5000)), 0.001, 0.001);
  for (std::size_t i = 1; i < band.steps().size(); ++i) {
    EXPECT_LE(band.steps()[i].accuracy, band.steps()[i - 1].accuracy);
  }
  EXPECT_EQ(band.at(1), 0);
  EXPECT_THROW(AccuracyBand(CertifiedAccuracy(many_radii(9)), 0, 0.5), InputError);
}

}  // namespace
}  // namespace certify
