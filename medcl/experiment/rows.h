// SPDX-License-Identifier: Apache-2.0
#pragma once

// The rows and columns of an experiment's tables by their names, which [report] and [published]
// refer to.

#include <string>
#include <vector>

#include "medcl/experiment/experiment.h"

namespace medcl {

struct TableRow {
  std::string method, choice, prediction;  ///< "" for what is laid across
  std::string name;                        ///< of these, those of which there are several: "a/b"
  std::string title;                       ///< the same in the titles of the file
};

/// Methods, switches, predictions, the last the fastest.
std::vector<TableRow> rows_of(const Experiment& experiment);

/// Refuses a reference and published rows that are no rows, published columns that are no columns
/// of what is laid across, and published numbers that are no Dice from 0 to 1. Without anything
/// across, columns are classes, which `classes` names once a dataset is read; empty: not known yet.
/// @throws Error(kUsage) naming `file`, the field and what there is.
void require_known_rows(const Experiment& experiment, const std::string& file,
                        const std::vector<std::string>& classes = {});

}  // namespace medcl
