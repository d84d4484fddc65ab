#include "core/verify/files/row_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/report/logs/cohen_log.h"

namespace certify {
namespace {

using testing::HasSubstr;

Certificate example() {
  Certificate c;
  c.index = 40;
  c.label = 2;
  c.predicted = 2;
  c.radius = 0.40961;
  c.p_lower = 0.95;
  c.p_upper = 0.05;
  c.n_top = 990;
  c.n_runner_up = 7;
  c.n = 1000;
  c.alpha = 0.001;
  c.sigma = 0.25;
  c.method = "cohen";
  return c;
}

std::string refusal(const std::string& content) {
  try {
    parse_rows(content, "rows.tsv");
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(RowFile, ReadsEveryColumnThatIsWritten) {
  const auto rows = parse_rows(certificates_header() + certificates_row(example()), "rows.tsv");
  ASSERT_EQ(rows.size(), 1U);
  const StatedRow& row = rows[0];
  EXPECT_EQ(row.line, 2);
  EXPECT_EQ(row.index, 40);
  EXPECT_EQ(row.label, 2);
  EXPECT_EQ(row.predicted, 2);
  EXPECT_TRUE(row.correct);
  EXPECT_EQ(row.radius_text, "0.409");
  EXPECT_EQ(row.radius, 0.40961);
  EXPECT_EQ(row.p_lower, 0.95);
  EXPECT_EQ(row.p_upper, 0.05);
  EXPECT_EQ(row.n_top, 990);
  EXPECT_EQ(row.n_runner_up, 7);
  EXPECT_EQ(row.n, 1000);
  EXPECT_EQ(row.alpha, 0.001);
  EXPECT_EQ(row.sigma, 0.25);
  EXPECT_EQ(row.method, "cohen");
}

TEST(RowFile, ReadsPredictionsWhichHaveNoRadius) {
  const auto rows = parse_rows(predictions_header() + predictions_row(example()), "rows.tsv");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].radius, 0);
  EXPECT_EQ(rows[0].n_top, 990);
}

TEST(RowFile, RefusesWhatItCannotCheckWithItsLine) {
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
  EXPECT_THAT(refusal("idx\tlabel\tpredict\tradius\tcorrect\ttime\n"),
              HasSubstr("rows.tsv:1: no column 'n_top'"));
  const auto with = [](auto change) {
    Certificate c = example();
    change(c);
    return refusal(certificates_header() + certificates_row(example()) + certificates_row(c));
  };
  EXPECT_THAT(with([](Certificate& c) { c.alpha = 0; }), HasSubstr("rows.tsv:3: alpha"));
  EXPECT_THAT(with([](Certificate& c) { c.sigma = -1; }), HasSubstr("rows.tsv:3: sigma"));
  EXPECT_THAT(with([](Certificate& c) { c.p_lower = 1.5; }), HasSubstr("above 1"));
  EXPECT_THAT(with([](Certificate& c) { c.n_top = 999; }), HasSubstr("counts 999 and 7 of 1000"));
  EXPECT_THAT(refusal(certificates_header() + "1\t2\n"), HasSubstr("2 fields, expected 15"));
}

}  // namespace
}  // namespace certify
