#include <sstream>

#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/report/logs/cohen_log.h"

namespace certify {
namespace {

Certificate example() {
  return {.index = 20,
          .label = 7,
          .predicted = 7,
          .radius = 0.40961,
          .p_lower = 0.9493,
          .p_upper = 0.1,
          .n_top = 95000,
          .n_runner_up = 3000,
          .n = 100000,
          .alpha = 0.001,
          .sigma = 0.25,
          .method = "cohen",
          .seconds = 13.771528};
}

TEST(CertificatesTsv, StartsWithCohensColumnsInHisFormats) {
  EXPECT_TRUE(certificates_header().starts_with("idx\tlabel\tpredict\tradius\tcorrect\ttime\t"));
  EXPECT_TRUE(certificates_row(example()).starts_with("20\t7\t7\t0.409\t1\t0:00:13.771528\t"));
}

TEST(CertificatesTsv, GoesOnWithOursAtFullPrecision) {
  EXPECT_TRUE(certificates_header().ends_with(
      "radius_full\tp_lower\tp_upper\tn_top\tn_runner_up\tn\talpha\tsigma\tmethod\n"));
  EXPECT_TRUE(certificates_row(example()).ends_with(
      "\t0.40961\t0.9493\t0.1\t95000\t3000\t100000\t0.001\t0.25\tcohen\n"));
}

TEST(CertificatesTsv, WritesAnAbstentionAsCohenDoes) {
  Certificate abstained = example();
  abstained.predicted = kAbstain;
  abstained.radius = 0;
  EXPECT_TRUE(certificates_row(abstained).starts_with("20\t7\t-1\t0.0\t0\t0:00:13.771528\t0\t"));
}

TEST(CertificatesTsv, ReadsBackTheSameRows) {
  std::vector<Certificate> certificates;
  for (int i = 0; i < 200; ++i) {
    Certificate c = example();
    c.index = i;
    c.predicted = i % 3 == 0 ? kAbstain : i % 7;
    c.label = i % 5;
    c.radius = c.abstained() ? 0 : 1.0 / (i + 1);
    c.p_lower = 1 - 1.0 / (i + 1);
    if (i % 4 == 0) c.method = "cohen-sequential (all n)";
    certificates.push_back(c);
  }
  std::string text = certificates_header();
  for (const Certificate& c : certificates) text += certificates_row(c);
  const RadiusLog log = parse_cohen_log(text, "certificates.tsv");
  const RadiusLog same = to_radius_log(certificates);
  ASSERT_EQ(log.rows.size(), certificates.size());
  ASSERT_EQ(same.rows.size(), certificates.size());
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    const RadiusRow& expected = same.rows[i];
    EXPECT_EQ(log.rows[i].index, expected.index);
    EXPECT_EQ(log.rows[i].label, expected.label);
    EXPECT_EQ(log.rows[i].predicted, expected.predicted);
    EXPECT_EQ(log.rows[i].radius, expected.radius);  // radius_full, to the last bit
    EXPECT_EQ(log.rows[i].correct, expected.correct);
    EXPECT_EQ(log.rows[i].seconds, expected.seconds);
    EXPECT_EQ(log.rows[i].p_lower, expected.p_lower);
  }
  EXPECT_EQ(log.methods, (std::vector<std::string>{"cohen", "cohen-sequential (all n)"}));
  EXPECT_EQ(same.methods, log.methods);
  EXPECT_EQ(same.alpha, log.alpha);
}

TEST(CertificatesTsv, KeepsARowWhoseClockWentBackwards) {
  Certificate c = example();
  c.seconds = -3;
  EXPECT_TRUE(certificates_row(c).starts_with("20\t7\t7\t0.409\t1\t0:00:00\t"));
}

TEST(CertificatesTsv, RefusesARadiusThatIsNone) {
  Certificate c = example();
  c.radius = -1;
  EXPECT_THROW(certificates_row(c), InputError);
}

TEST(PredictionsTsv, HasCohensColumnsAndNoRadius) {
  EXPECT_EQ(predictions_header(),
            "idx\tlabel\tpredict\tcorrect\ttime\tn_top\tn_runner_up\tn\talpha\tsigma\tmethod\n");
  Certificate c = example();
  c.method = "predict";
  EXPECT_EQ(predictions_row(c),
            "20\t7\t7\t1\t0:00:13.771528\t95000\t3000\t100000\t0.001\t0.25\tpredict\n");
}

}  // namespace
}  // namespace certify
