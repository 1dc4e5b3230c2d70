// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the models of a cross-validation say of their own quality: how far they agree on cases whose
// strokes no fold learned from, and what each gets right of the strokes that it did not see.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"
#include "medcl/inference/ensemble.h"
#include "medcl/quality/dice_estimate.h"
#include "medcl/run/fold_list.h"

namespace medcl {

struct FoldEvidence {
  std::vector<ClassEvidence> classes;  ///< foreground, in the order of the label map
  std::vector<std::string> cases;      ///< of ClassEvidence::agreement
  /// No case is left that no fold learned strokes of: agreement is that of each fold's model, on
  /// the cases it did not see, with models that did, and flatters.
  bool seen_by_others = false;
};

/// Which cases the agreement is taken on: of imagesTr and imagesTs those whose strokes no fold
/// learned from, evenly chosen if they are more than `most`; ids, sorted. `scribbled`: as
/// TrainOptions.
std::vector<std::string> unseen_cases(const Dataset& dataset, const FoldList& list,
                                      const std::vector<std::string>& scribbled, std::size_t most);

/// What of the dataset is no longer as the folds of `run` learned from it and were judged on it
/// (changes_since()); empty when nothing changed, and for folds that kept no record of it. Reads
/// their files. @throws Error(kIo)
std::string changes_since_folds(const Dataset& dataset, const std::filesystem::path& run,
                                const FoldList& list);

/// `models`: of the folds, in their order. `unseen`: of unseen_cases. Holds the segmentations of
/// one case by all models. `progress`: (cases done, cases in all).
/// @throws as read_case and predict_classes.
FoldEvidence gather_evidence(const Dataset& dataset, const FoldList& list,
                             const std::vector<std::string>& unseen, Ensemble& models,
                             const PredictOptions& options,
                             const std::function<void(std::int64_t, std::int64_t)>& progress = {});

}  // namespace medcl
