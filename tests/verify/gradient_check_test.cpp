// Rows of first order: what the methods say passes, and a little more does not.

#include "core/verify/checks/gradient_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/errors.h"
#include "core/first_order/ball_radius.h"
#include "core/first_order/dual_radius.h"
#include "core/first_order/gradient_norms.h"
#include "core/methods/first_order.h"
#include "core/report/logs/cohen_log.h"
#include "core/stats/normal.h"
#include "core/verify/bounds/gradient_bounds.h"

namespace certify {
namespace {

using testing::AnyOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

ImageSamples samples(double share, double norm) {
  constexpr std::int64_t kMany = 2'000'000;
  ImageSamples s;
  s.index = 40;
  s.label = 1;
  s.selection.votes = {1, 9, 0};
  const auto top = static_cast<std::int64_t>(share * static_cast<double>(kMany));
  s.estimation.votes = {kMany - top, top, 0};
  const double square = norm * norm;
  s.gradient = {.tested = 1,
                .n1 = kMany / 2,
                .n2 = kMany / 2,
                .dimension = 3072,
                .dot = square,
                .largest = norm / 5,
                .subspaces = {{"R", 1024, square / 2}, {"G", 1024, square / 2}, {"B", 1024, 0}}};
  return s;
}

/// A row as its file would give it back, with the radii beside it.
struct Stated {
  StatedRow row;
  StatedRadii radii;
};

Stated stated(const Certificate& c) {
  StatedRow row{.line = 2,
                .index = c.index,
                .label = c.label,
                .predicted = c.predicted,
                .correct = c.correct(),
                .radius_text = "0",
                .radius = c.radius,
                .p_lower = c.p_lower,
                .p_upper = c.p_upper,
                .n_top = c.n_top,
                .n_runner_up = c.n_runner_up,
                .n = c.n,
                .alpha = c.alpha,
                .sigma = c.sigma,
                .method = std::string(c.method)};
  return {row, parse_radii_rows(radii_tsv({c}), "radii.tsv").at(0)};
}

std::vector<std::string> check(const Stated& all, const ImageSamples& s) {
  const GradientBehind behind{s.gradient, &all.radii};
  return check_row(all.row, ClassFrom::kSeparateSamples, nullptr, &behind);
}

constexpr MethodOptions kOptions{.noise = gaussian_noise(0.25), .alpha = 0.001};

struct Example {
  double share, norm;
};
constexpr Example kExamples[] = {{0.55, 0.3}, {0.8, 0.2},   {0.8, 0.01}, {0.97, 0.06},
                                 {1.0, 0.0},  {0.999, 0.0}, {0.8, 0.28}, {0.52, 0.01}};

TEST(GradientCheck, WhatTheMethodsSayPasses) {
  for (const Method* method : {&kFirstOrder, &kFirstOrderTight}) {
    for (const auto& [share, norm] : kExamples) {
      const ImageSamples s = samples(share, norm);
      const Stated all = stated(method->certify(s, kOptions));
      EXPECT_GT(all.row.radius, 0);
      EXPECT_THAT(check(all, s), IsEmpty()) << share << " " << norm;
    }
  }
  const ImageSamples lost = samples(0.4, 0.1);
  EXPECT_THAT(check(stated(kFirstOrder.certify(lost, kOptions)), lost), IsEmpty());
}

TEST(GradientCheck, APartInABillionMoreOfAnyRadiusIsFound) {
  int proofs = 0;
  for (const auto& [share, norm] : kExamples) {
    const ImageSamples s = samples(share, norm);
    const Stated honest = stated(kFirstOrder.certify(s, kOptions));
    for (std::size_t i = 0; i < honest.radii.radii.size(); ++i) {
      Stated all = honest;
      StatedRadius& radius = all.radii.radii[i];
      // A radius that is the l2 one where its own could be no larger than this is not tight.
      const bool own = radius.lambda[2] > 0 || radius.name == "cohen" || radius.name == "l2" ||
                       radius.name == "linf";
      proofs += radius.lambda[2] > 0 ? 1 : 0;
      if (!own || radius.radius / 0.25 >= kLargestDualRadius * 0.999) continue;
      radius.radius *= 1 + 1e-9;
      EXPECT_THAT(check(all, s), ElementsAre(HasSubstr("radius_" + radius.name + " " +
                                                       std::to_string(radius.radius).substr(0, 4))))
          << share << " " << norm;
    }
  }
  EXPECT_GT(proofs, 8);
}

TEST(GradientCheck, AProofThatProvesNothingIsFound) {
  const ImageSamples s = samples(0.8, 0.2);
  const Stated honest = stated(kFirstOrder.certify(s, kOptions));
  const std::array<double, 3> good = honest.radii.radii[1].lambda;
  ASSERT_GT(good[2], 0);
  for (const auto& bad : {std::array<double, 3>{0, 0, 0},
                          {good[0] * 1.01, good[1], good[2]},
                          {good[0], good[1], 0},
                          {good[0], good[1] * 0.9, good[2]}}) {
    Stated all = honest;
    all.radii.radii[1].lambda = bad;
    EXPECT_THAT(check(all, s), ElementsAre(HasSubstr("radius_l1")));
  }
}

TEST(GradientCheck, ProbabilityClassAndNamesAreHeldToWhatIsStored) {
  const ImageSamples s = samples(0.8, 0.2);
  const Stated honest = stated(kFirstOrder.certify(s, kOptions));
  Stated all = honest;
  all.row.p_lower = 0.801;
  EXPECT_THAT(check(all, s), testing::Contains(HasSubstr("p_lower claims too much")));
  all = honest;
  all.row.radius *= 1.001;
  EXPECT_THAT(check(all, s), ElementsAre(HasSubstr("radius_full")));
  all = honest;
  all.radii.radii[3].name = "face";
  EXPECT_THAT(check(all, s), ElementsAre(HasSubstr("radius_R is missing"),
                                         HasSubstr("radius_face: nothing is stored about it")));
  all = honest;
  all.radii.index = 41;
  EXPECT_THAT(check(all, s), ElementsAre(HasSubstr("idx is 41 among the radii, 40 here")));
  ImageSamples other = s;
  other.gradient.tested = 2;
  EXPECT_THAT(check(honest, other), ElementsAre(HasSubstr("the gradient is of class 2")));
  const GradientBehind behind{s.gradient, &honest.radii};
  EXPECT_THAT(check_row(honest.row, ClassFrom::kSameSamples, nullptr, &behind),
              ElementsAre(HasSubstr("chosen by the samples")));
  EXPECT_THAT(check_row(honest.row, ClassFrom::kLabel), IsEmpty());
}

// The two sides share no code, so agreement means something.
TEST(GradientBounds, AgreeWithTheOnesThatAreChecked) {
  const double k = variance_proxy(SubGaussian::kPaper);
  for (const std::int64_t d : {1, 48, 3072, 150528}) {
    for (const double alpha : {0.05, 1e-3, 1e-9}) {
      for (const double dot : {-1e-3, 0.0, 0.01, 0.15}) {
        const GradientSplit split{dot, d, 40000, 60000};
        const checker::StoredDot stored{dot, d, 40000, 60000};
        const double upper = gradient_l2_upper(split, alpha, SubGaussian::kPaper);
        const double lower = gradient_l2_lower(split, alpha, SubGaussian::kPaper);
        const auto own = static_cast<double>(checker::norm_at_most(stored, alpha, k));
        EXPECT_LE(own, upper);
        EXPECT_NEAR(own, upper, 1e-11);
        const auto own_lower = static_cast<double>(checker::norm_at_least(stored, alpha, k));
        EXPECT_GE(own_lower, lower);
        EXPECT_NEAR(own_lower, lower, 1e-11);
      }
      EXPECT_NEAR(static_cast<double>(checker::entry_at_most(0.01, d, 100000, alpha, k)),
                  gradient_linf_upper(0.01, d, 100000, alpha, SubGaussian::kPaper), 1e-12);
    }
  }
}

TEST(GradientBounds, SlabAndDualGiveHalfAtTheRadiiThatWereFound) {
  for (const double p : {0.51, 0.8, 0.999}) {
    const double full = normal_density(lower_quantile({p, 1 - p}));
    for (const double share : {0.0, 0.3, 0.9}) {
      const checker::Share top{p, 1 - static_cast<checker::Real>(p)};
      const double ball = first_order_l2_radius({p, 1 - p}, share * full);
      EXPECT_NEAR(static_cast<double>(checker::kept_by_slab(top, share * full, ball)), 0.5, 1e-12);
      const FirstOrderFacts facts{{p, 1 - p}, 0.05 * full, share * full};
      const DualRadius found = first_order_radius(facts);
      if (!(found.lambda[2] > 0) || found.r >= kLargestDualRadius * 0.999) continue;
      const auto dual =
          checker::kept_by_dual(found.lambda, top, facts.along, facts.across, found.r);
      EXPECT_GE(dual.kept, 0.5L);
      EXPECT_LE(dual.kept, 0.5L + 1e-11L);
      EXPECT_LT(dual.error, 1e-14L);
    }
  }
}

TEST(RadiiFile, DamageIsNamedWithItsLine) {
  const std::string head = "idx\tlabel\tpredict\tradius_l2\tcorrect\ttime\tproof_l2\n";
  const auto refusal = [](const std::string& content) {
    try {
      parse_radii_rows(content, "radii.tsv");
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(refusal(head + "0\t1\t1\t0.5\t1\t0:00:01\t-\n"), "accepted");
  EXPECT_EQ(refusal(head + "0\t1\t1\t0.5\t1\t0:00:01\t1,2\n"),
            "radii.tsv:2: proof_l2: expected three numbers or -");
  EXPECT_THAT(refusal(head + "0\t1\t1\tnan\t1\t0:00:01\t-\n"), HasSubstr("radii.tsv:2: radius_l2"));
  EXPECT_THAT(refusal(head + "0\t1\t1\t0.5\t1\t0:00:01\t1,-2,3\n"), HasSubstr("proof_l2 is '-2'"));
  EXPECT_THAT(refusal("idx\tlabel\tpredict\tradius_l2\tcorrect\n"),
              HasSubstr("no column 'proof_l2'"));
}

}  // namespace
}  // namespace certify
