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

/// Of the second row's number.
MarkedTable bounded() {
  MarkedTable table = example();
  table.at_least = {{}, {"", "0.175"}};
  table.at_least_name = "at_least";
  return table;
}

TEST(MarkedTable, HasBoundsInBracketsOrInColumnsOfTheirOwn) {
  EXPECT_EQ(bounded().bound(1, 1), "0.175");
  EXPECT_EQ(bounded().bound(0, 1), "");
  EXPECT_EQ(bounded().bound(7, 7), "");
  EXPECT_EQ(markdown_table(bounded()),
            "| r | σ = 0.5 |\n|---|---:|\n| a\\|b, \"c\" | 0.100 |\n"
            "| 50 % \\_ | **0.200** (≥ 0.175) |\n");
  EXPECT_NE(latex_table(bounded()).find("\\textbf{0.200} ($\\ge$ 0.175) \\\\"), std::string::npos);
  EXPECT_EQ(tsv_table(with_bounds_apart(bounded())),
            "r\tσ = 0.5\tat_least σ = 0.5\na|b, \"c\"\t0.100\t\n50 % _\t0.200\t0.175\n");
  EXPECT_EQ(csv_table(with_bounds_apart(bounded())),
            "r,σ = 0.5,at_least σ = 0.5\r\n\"a|b, \"\"c\"\"\",0.100,\r\n50 %\t_,0.200,0.175\r\n");
  EXPECT_EQ(tsv_table(with_bounds_apart(example())), tsv_table(example().table));
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
