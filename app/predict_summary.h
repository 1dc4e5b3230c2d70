// SPDX-License-Identifier: Apache-2.0
#pragma once

// What medcl predict prints when it is done.

#include <cstdint>

#include "app/predict_jobs.h"
#include "medcl/format/json.h"
#include "medcl/model/model_file.h"

namespace medcl {

/// How many cases in which time, the volume of every class in ml of all cases in the record (those
/// of an earlier start too), where the labels are, and what to do next. `slices`, `seconds`: of
/// this start.
void print_predict_summary(const Json& record, const ModelCard& card,
                           const PredictArguments& arguments, std::int64_t slices, double seconds);

}  // namespace medcl
