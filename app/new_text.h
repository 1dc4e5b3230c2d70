// SPDX-License-Identifier: Apache-2.0
#pragma once

// What `medcl new` prints.

#include "medcl/dataset/dataset.h"
#include "medcl/dataset/intake/intake.h"

namespace medcl {

/// Every file, what it is taken for and why; the first of many unless `all`.
void print_plan(const IntakePlan& plan, bool all);
/// What the values of the files became, and what 0 was taken for.
void print_values(const IntakeReport& report);
/// What was made, what check finds, and what to do next.
void print_summary(const Dataset& made, const std::string& target, const Findings& check);
/// What would be made, as JSON: files, values and what they become.
void print_plan_json(const IntakePlan& plan, const IntakeReport& report);
/// What was made, as JSON.
void print_report_json(const IntakePlan& plan, const IntakeReport& report, const Dataset& made,
                       const Findings& check);

}  // namespace medcl
