// SPDX-License-Identifier: Apache-2.0
#pragma once

// Evaluation results as tables and short texts.

#include <string>
#include <vector>

#include "medcl/evaluation/evaluate.h"
#include "medcl/report/table.h"

namespace medcl {

struct NamedSummary {
  std::string name;
  Summary summary;
};

/// A table with one row per foreground class: mean ± sd of every metric but the volumes themselves.
Table class_table(const Summary& summary);
/// A table with one row per case and class.
Table case_table(const Summary& summary);
/// A table with one row per class: how much larger or smaller than the reference predictions are.
Table volume_table(const Summary& summary);
/// A table with one row per run: Dice per class, mean Dice, HD95, number of cases, mean difference
/// in Dice to the first run over the cases that both have.
Table comparison_table(const std::vector<NamedSummary>& runs);

/// The HTML of the large numbers at the top of a page.
std::string score_cards(const Summary& summary);
/// The scores of a case in words: "Dice RV 0.83, MYO 0.76, LV 0.92 (mean 0.84)".
std::string dice_text(const CaseResult& result, const LabelMap& labels);
/// What was done about empty masks, and how often: one sentence, with a space behind it.
std::string empty_policy_text(const Summary& summary);

/// The mean Dice of a case over the classes that have a finite one; NaN when there is none.
double mean_dice(const CaseResult& result);
/// The indices of the cases, lowest mean Dice first; cases without one come first.
std::vector<std::size_t> order_by_dice(const Summary& summary);

}  // namespace medcl
