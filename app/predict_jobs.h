// SPDX-License-Identifier: Apache-2.0
#pragma once

// What medcl predict has been asked for, and which files it reads and writes because of that.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "medcl/core/output_guard.h"
#include "medcl/format/json.h"
#include "medcl/inference/case_inputs.h"
#include "medcl/inference/free_text.h"
#include "medcl/inference/predictor.h"
#include "medcl/inference/slice_boxes.h"

namespace medcl {

struct PredictArguments {
  std::vector<std::string> models;  ///< folders of models and of runs, also of runs of folds
  std::string output;
  std::vector<std::string> inputs;
  bool probabilities = false, force = false, go_on = false, json = false;
  int threads = 0;
  std::vector<double> spacing_mm;  ///< for images that do not say it; empty: not given
  ReadOptions read;
  PredictOptions options;
  FreeTextOptions words;
};

struct PredictJob {
  CaseInput input;
  std::filesystem::path labels;                      ///< the label file to write
  std::vector<std::filesystem::path> probabilities;  ///< one file per class, when asked for
  std::optional<SliceBoxes> boxes;  ///< those that --box names; none where the model finds its own
  bool done = false;                ///< its outputs are written, in this run or before
  std::vector<std::string> warnings;      ///< of its images
  bool in_pixels = false;                 ///< its images do not say how large a pixel is
  std::vector<std::string> image_hashes;  ///< SHA-256; of its files, once they were looked at
  std::vector<double> volumes_ml;         ///< per foreground class, once it is predicted
};

/// True when the output is one label file, false when it is a folder.
bool predicts_one_file(const PredictArguments& arguments);

/// prediction.json, beside the label files of a folder.
std::filesystem::path record_path(const PredictArguments& arguments);

/// One job per case, sorted by id.
/// @throws Error(kUsage) one output file for several cases, an ending that cannot be written; what
///         find_case_inputs throws.
std::vector<PredictJob> plan_predict_jobs(const PredictArguments& arguments, const ModelCard& card);

/// Tells the guard what is read and what is going to be written, the record included. With
/// --continue, jobs whose outputs are there are done; `earlier` is the record of the start before,
/// or null.
/// @throws what OutputGuard::require_file throws.
void claim_outputs(std::vector<PredictJob>& jobs, const PredictArguments& arguments,
                   const Json& earlier, OutputGuard& guard);

/// All channels of a case. @throws what load_case_input throws.
std::vector<Loaded<float>> load(const PredictJob& job, const ModelCard& card,
                                const PredictArguments& arguments);

}  // namespace medcl
