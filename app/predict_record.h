// SPDX-License-Identifier: Apache-2.0
#pragma once

// prediction.json: what medcl predict did, and with what.

#include <string>
#include <vector>

#include "app/predict_jobs.h"
#include "medcl/format/json.h"
#include "medcl/inference/ensemble.h"

namespace medcl {

/// {"model", "model_sha256" (of the weights), of several models "models" and a list of their
/// hashes, "method", "labels", "postprocessing", "box" and "text" where there are such, "seconds",
/// "cases": [{"id", "images", "images_sha256", "labels", "volumes_ml": {class: ml}, "warnings",
/// "unit": "pixel" where the size of a pixel is not known (it counts as 1 mm)}], "unfinished": [as
/// cases]}: cases whose jobs are done, and those that are not, if there are any. Relative paths of
/// images and labels are relative to the folder of the labels.
Json record_of(const std::vector<PredictJob>& jobs, Ensemble& models,
               const PredictArguments& arguments, double seconds);

/// The record that an earlier start left in the output folder; null without --continue, and where
/// there is none. @throws Error(kUsage) for a file of that name that is something else.
Json earlier_record(const PredictArguments& arguments);

/// The SHA-256 of each image of a case, in their order; of a DICOM folder those of its files.
/// @throws Error(kIo)
std::vector<std::string> image_hashes(const CaseInput& input);

/// False when the record has the case of this job as done, of other images.
bool shows_the_same_images(const Json& record, const PredictJob& job);

/// True when the case stands in this list of a record, "cases" or "unfinished".
bool lists(const Json& record, const char* list, const std::string& id);

/// Cases and seconds of `earlier` that `record` lacks are added to it.
/// @throws Error(kUsage) when the two were not made with the same model and options.
void continue_record(const Json& earlier, Json& record);

}  // namespace medcl
