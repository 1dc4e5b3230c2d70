// SPDX-License-Identifier: Apache-2.0
#pragma once

// Scores a folder of predictions against a folder of references.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "medcl/evaluation/evaluate.h"

namespace medcl {

struct FolderPair {
  std::filesystem::path predictions, references;
  /// Native dataset with the label map and the images, whose spacing is then used. Without it
  /// dataset.json is looked for in the reference folder, its parent and the prediction folder, and
  /// the spacing is the reference's.
  std::optional<std::filesystem::path> dataset;
  /// Score only the cases that were predicted; otherwise a missing prediction is an error.
  bool allow_missing = false;
};

struct FilePair {
  std::string id;
  std::filesystem::path prediction, reference;
};

/// Files that belong together by name (endings may differ), sorted by id.
/// @throws Error(kInvalidData) naming missing and surplus predictions, or two files of one id;
///         Error(kIo) a folder that cannot be listed.
std::vector<FilePair> match_files(const FolderPair& folders);

/// What dataset.json says that an evaluation needs.
struct LabelDescription {
  LabelMap labels;
  Units units;
};
/// That of the dataset, else the one near the references.
/// @throws Error(kUsage) when there is no dataset.json.
LabelDescription find_label_description(const FolderPair& folders);

/// Called after each case with (cases done, cases in all).
using EvaluateProgress = std::function<void(std::int64_t done, std::int64_t total)>;

/// Evaluates every pair of match_files and sums up.
/// @throws as match_files, find_label_description, read_labels, evaluate_case.
Summary evaluate_folder(const FolderPair& folders, const EvaluateOptions& options,
                        const EvaluateProgress& progress = {});

}  // namespace medcl
