// SPDX-License-Identifier: Apache-2.0
#pragma once

// The tables of an experiment.

#include <string>
#include <vector>

#include "medcl/experiment/comparison.h"
#include "medcl/report/table.h"

namespace medcl {

/// The layout of the paper: one row per method, the classes and their mean side by side, each mean
/// ± sd over cases; behind them the interval of the mean, p against the reference, and the mean
/// that is published. With something laid across: the means over classes, one column each. `key`:
/// of a metric.
Table score_table(const Experiment& experiment, const ComparedSection& section,
                  const std::string& key);

/// Every published number beside ours: one row per number. No rows where nothing is published of
/// this section.
Table published_table(const Experiment& experiment, const ComparedSection& section);

/// How much the mean Dice depends on the seed and on the draw of the scribbled cases.
Table spread_table(const ComparedSection& section);

/// What the numbers of each row were measured under: network, crop, border and reach rule, budget,
/// post-processing.
Table conditions_table(const ComparedSection& section);

/// The rows that have no score, or not all, and why.
Table gaps_table(const std::vector<ComparedSection>& sections);

/// A sentence that says what the numbers of a section are: cases, units, empty masks, what ± and
/// the interval mean, the test and the smallest p that it can give.
std::string reading_text(const Experiment& experiment, const ComparedSection& section);

}  // namespace medcl
