// SPDX-License-Identifier: Apache-2.0
#pragma once

// Results as JSON in the shape of nnU-Net's summary.json, with more metrics and their definitions.
//
// {"foreground_mean": {"Dice": ..., "IoU": ..., "TP": ..., "HD": ...},
//  "mean": {"1": {...}},                             keys are label values
//  "metric_per_case": [{"metrics": {"1": {...}}, "prediction_file": ..., "reference_file": ...,
//                       "case": ..., "surface_dimensions": 3}],   2: a volume of one slice
//  "medcl": {"labels": ..., "unit": "pixel", "options": ..., "definitions": ..., "statistics":
//  {"RV": {"Dice":
//            {"mean", "sd", "count"}}}, "all_classes": {...}, "empty_mask_cases": {"RV": 0},
//            "volume_bias": {"RV": {"mean_ml", "mean_percent", "systematic", ...}}}}
//
// Numbers that are not finite are null. Means leave them out; foreground_mean is the mean over
// classes of the class means, as nnU-Net does.

#include <filesystem>
#include <string>

#include "medcl/evaluation/evaluate.h"
#include "medcl/format/json.h"

namespace medcl {

Json to_json(const Summary& summary);

/// The summary that to_json made `json` of; statistics are computed again from the cases.
/// @throws Error(kIo) naming what is missing.
Summary summary_from_json(const Json& json, const std::string& where);

/// The summary with the paths of predictions and references as `file` holds them: relative ones are
/// relative to the folder of the file, so that it is read alike from everywhere, and moves with
/// that folder.
Summary as_written(Summary summary, const std::filesystem::path& file);

/// Writes to_json(as_written(summary, path)). Atomic. @throws Error(kIo)
void write_summary(const std::filesystem::path& path, const Summary& summary);
/// Reads a summary; relative paths in the file become paths that lead there from the folder of the
/// process.
/// @throws Error(kIo)
Summary read_summary(const std::filesystem::path& path);

}  // namespace medcl
