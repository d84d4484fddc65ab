#include "core/report/tables/marked_table.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"

namespace certify {
namespace {

MarkedTable example() {
  return {{{"r", "σ = 0.5"}, {{"a|b, \"c\"", "0.100"}, {"50 %\t_", "0.200"}}},
          {{false, false}, {false, true}}};
}

TEST(MarkedTable, IsMarkdownWithTheBestInBold) {
  EXPECT_EQ(markdown_table(example()),
            "| r | σ = 0.5 |\n|---|---:|\n| a\\|b, \"c\" | 0.100 |\n| 50 % \\_ | **0.200** |\n");
}

TEST(MarkedTable, IsLatexWithItsSignsEscaped) {
  EXPECT_EQ(latex_table(example()),
            "% \\usepackage{booktabs}\n\\begin{tabular}{lr}\n\\toprule\nr & $\\sigma$ = 0.5 \\\\\n"
            "\\midrule\na|b, \"c\" & 0.100 \\\\\n50 \\% \\_ & \\textbf{0.200} \\\\\n"
            "\\bottomrule\n\\end{tabular}\n");
}

TEST(MarkedTable, IsCsvAndTsvOfOneFieldACell) {
  EXPECT_EQ(csv_table(example().table),
            "r,σ = 0.5\r\n\"a|b, \"\"c\"\"\",0.100\r\n50 %\t_,0.200\r\n");
  EXPECT_EQ(tsv_table(example().table), "r\tσ = 0.5\na|b, \"c\"\t0.100\n50 % _\t0.200\n");
}

TEST(MarkedTable, RefusesRaggedRows) {
  const MarkedTable ragged{{{"a", "b"}, {{"1"}}}, {}};
  EXPECT_THROW(markdown_table(ragged), InputError);
  EXPECT_THROW(latex_table(ragged), InputError);
  EXPECT_THROW(csv_table(ragged.table), InputError);
}

TEST(MarkedTable, MarksTiesAndNothingThatIsNoNumber) {
  MarkedTable table;
  mark_best(table, {{0.5, std::nan(""), 0}, {0.5, 0.1, -1}});
  EXPECT_TRUE(table.is_best(0, 1));
  EXPECT_TRUE(table.is_best(1, 1));
  EXPECT_FALSE(table.is_best(0, 2));
  EXPECT_TRUE(table.is_best(1, 2));
  EXPECT_FALSE(table.is_best(0, 3));
  EXPECT_FALSE(table.is_best(7, 7));
}

}  // namespace
}  // namespace certify
