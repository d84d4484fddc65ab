#include "core/first_order/gradient_norms.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/base/errors.h"
#include "tests/first_order/golden.h"

namespace certify {
namespace {

using testing::exact;
using testing::number;

TEST(GradientNorms, AreTheReferenceTables) {
  for (const auto& row : testing::first_order_golden()["l2_norm_bounds"]) {
    const GradientSplit split{number(row[0]), row[1], row[2], row[3]};
    const double alpha = number(row[4]);
    testing::expect_just_above(gradient_l2_upper(split, alpha, SubGaussian::kPaper), exact(row[5]),
                               1e-11, row.dump());
    testing::expect_just_below(gradient_l2_lower(split, alpha, SubGaussian::kPaper), exact(row[6]),
                               1e-11, row.dump());
  }
}

TEST(GradientNorms, AreTheIndependentTables) {
  for (const auto& entry : testing::independent_entries("grad_l2_bounds")) {
    const auto& in = entry["inputs"];
    const GradientSplit split{number(in["dot"]), in["d"], in["n1"], in["n2"]};
    const double alpha = number(in["alpha"]);
    testing::expect_just_above(gradient_l2_upper(split, alpha, SubGaussian::kPaper),
                               exact(entry["expected"]["upper"]), 1e-11, entry.dump());
    testing::expect_just_below(gradient_l2_lower(split, alpha, SubGaussian::kPaper),
                               exact(entry["expected"]["lower"]), 1e-11, entry.dump());
  }
  for (const auto& entry : testing::independent_entries("grad_linf_halfwidth")) {
    const auto& in = entry["inputs"];
    const double width =
        gradient_linf_upper(0, in["d"], in["n"], number(in["alpha"]), SubGaussian::kPaper);
    testing::expect_just_above(width, exact(entry["expected"]), 1e-11, entry.dump());
  }
}

/// ln E e^{t(Y - EY)} · 2/t² for Y = z s(z) / 2 with votes s = -1 on |z| < a and 1 beyond: of all
/// votes with this mean, these have the largest E e^{tY} (they give the larger e^{t|z|/2} where it
/// counts most).
double proxy_needed(double a, double t) {
  const auto Phi = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  const double moment = 2 * std::exp(t * t / 8) * (Phi(t / 2 - a) + Phi(t / 2 + a) - Phi(t / 2));
  const double mean = (2 * std::exp(-a * a / 2) - 1) / std::sqrt(2 * M_PI);
  return 2 / (t * t) * (std::log(moment) - t * mean);
}

TEST(GradientNorms, VarianceProxiesCoverAllVotes) {
  double worst = 0;
  for (double a = 0; a < 6; a += 0.005) {
    for (double t = -20; t < 20; t += 0.0505) worst = std::max(worst, proxy_needed(a, t));
  }
  EXPECT_NEAR(worst, 0.40218, 2e-5);
  EXPECT_GE(variance_proxy(SubGaussian::kTight), worst);
  EXPECT_GE(variance_proxy(SubGaussian::kPaper), worst);
}

TEST(GradientNorms, TightenWithSamplesAndWithAlpha) {
  const auto gap = [](std::int64_t n, double alpha, SubGaussian constant) {
    const GradientSplit split{0.01, 3072, n, n};
    return gradient_l2_upper(split, alpha, constant) - gradient_l2_lower(split, alpha, constant);
  };
  EXPECT_LT(gap(200000, 1e-3, SubGaussian::kPaper), gap(100000, 1e-3, SubGaussian::kPaper));
  EXPECT_LT(gap(100000, 1e-2, SubGaussian::kPaper), gap(100000, 1e-3, SubGaussian::kPaper));
  EXPECT_LT(gap(100000, 1e-3, SubGaussian::kTight), gap(100000, 1e-3, SubGaussian::kPaper));
}

// The paper's constants need alpha >= 2 e^{-d/16}; the exact exponent does not.
TEST(GradientNorms, HoldForFewDimensionsAndTinyAlpha) {
  const GradientSplit split{0.04, 3, 1000, 1000};
  const double upper = gradient_l2_upper(split, 1e-12, SubGaussian::kPaper);
  EXPECT_TRUE(std::isfinite(upper));
  EXPECT_GT(upper, 0.2);
}

TEST(GradientNorms, RefuseWhatIsNoStatistic) {
  EXPECT_THROW(gradient_l2_upper({0.1, 3, 0, 5}, 0.01, SubGaussian::kPaper), InputError);
  EXPECT_THROW(gradient_l2_lower({0.1, 3, 5, 0}, 0.01, SubGaussian::kPaper), InputError);
  EXPECT_THROW(gradient_l2_lower({0.1, 0, 5, 5}, 0.01, SubGaussian::kPaper), InputError);
  EXPECT_THROW(gradient_l2_upper({std::nan(""), 3, 5, 5}, 0.01, SubGaussian::kPaper), InputError);
  EXPECT_THROW(gradient_l2_upper({0.1, 3, 5, 5}, 0, SubGaussian::kPaper), InputError);
  EXPECT_THROW(gradient_linf_upper(-1, 3, 5, 0.1, SubGaussian::kPaper), InputError);
}

}  // namespace
}  // namespace certify
