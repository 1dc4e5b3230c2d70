// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/table_formats.h"

#include <gtest/gtest.h>

namespace medcl {
namespace {

const Table kTable{"Dice, 95 % of cases", {"method", "Dice"}, {{"a_b|c, \"d\"", "0.83 ± 0.04"}}, 1};

TEST(TableFormats, MarkdownKeepsTheCellsApart) {
  EXPECT_EQ(to_markdown(kTable),
            "Dice, 95 % of cases\n\n| method | Dice |\n| --- | ---: |\n"
            "| a_b\\|c, \"d\" | 0.83 ± 0.04 |\n");
}

TEST(TableFormats, LatexEscapesWhatItReserves) {
  EXPECT_EQ(to_latex(kTable),
            "\\begin{table}\n\\centering\n\\caption{Dice, 95 \\% of cases}\n"
            "\\begin{tabular}{lr}\n\\toprule\nmethod & Dice \\\\\n\\midrule\n"
            "a\\_b|c, \"d\" & 0.83 $\\pm$ 0.04 \\\\\n\\bottomrule\n\\end{tabular}\n\\end{table}\n");
}

TEST(TableFormats, CsvQuotesWhatWouldEndACell) {
  EXPECT_EQ(to_csv(kTable), "method,Dice\n\"a_b|c, \"\"d\"\"\",0.83 ± 0.04\n");
}

}  // namespace
}  // namespace medcl
