// SPDX-License-Identifier: Apache-2.0
#pragma once

// prediction.json: what medcl predict did, and with what.

#include <vector>

#include "app/predict_jobs.h"
#include "medcl/format/json.h"
#include "medcl/model/model_file.h"

namespace medcl {

/// {"model", "method", "labels", "postprocessing", "box" and "text" where there are such,
/// "seconds", "cases": [{"id", "images", "labels"}]}
Json record_of(const std::vector<PredictJob>& jobs, const LoadedModel& model,
               const PredictArguments& arguments, double seconds);

}  // namespace medcl
