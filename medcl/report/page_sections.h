// SPDX-License-Identifier: Apache-2.0
#pragma once

// Sections that every report page has.

#include <filesystem>
#include <string>

#include "medcl/dataset/dataset.h"
#include "medcl/format/json.h"
#include "medcl/report/html.h"
#include "medcl/report/report.h"

namespace medcl {

/// A model whose mean Dice in validation is below this is warned of.
constexpr double kPoorDice = 0.6;

/// Adds the notice "Research software, not a medical device".
void add_notice(HtmlPage& page);

/// Adds a word of warning where the model says that its training was cut short. `model`:
/// model.json.
void add_cut_short(HtmlPage& page, const Json& model);

/// Adds how good the model was on its validation cases, as a warning where that was poor (a mean
/// Dice below kPoorDice); nothing where there were none. `model`: model.json.
void add_validation(HtmlPage& page, const Json& model);

/// Adds plots of losses and validation scores over the steps, for each fold of a run of folds;
/// nothing where there is no metrics.jsonl.
void add_curves(HtmlPage& page, const std::filesystem::path& run);

/// Adds the estimate of Dice that medcl estimate left in the run; nothing where there is none.
/// @throws Error(kIo) for an estimate.json that is broken.
void add_quality_estimate(HtmlPage& page, const std::filesystem::path& run);

/// Adds what the page was made from. `dataset`: null when none was given. `model`, `config`:
/// model.json and config.toml of the run, empty when absent.
void add_provenance(HtmlPage& page, const ReportInputs& inputs, const Dataset* dataset,
                    const Json& model, const std::string& config);

}  // namespace medcl
