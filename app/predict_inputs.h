// SPDX-License-Identifier: Apache-2.0
#pragma once

// What `medcl predict` looks at, and warns of, before it predicts anything.

#include <cstdint>
#include <vector>

#include "app/predict_jobs.h"
#include "medcl/inference/predictor.h"
#include "medcl/model/model_file.h"

namespace medcl {

/// Mirror images are foreign to a model whose crops were never flipped.
void warn_of_flips(const ModelCard& card, const PredictOptions& options);

/// Nothing is predicted, and nothing written, before every input could be read. Gives the jobs
/// their boxes, hashes and warnings, and returns the number of slices.
/// @throws as load; Error(kInvalidData) for boxes that do not fit an image.
std::int64_t examine_inputs(std::vector<PredictJob>& jobs, const ModelCard& card,
                            const PredictArguments& arguments);

}  // namespace medcl
