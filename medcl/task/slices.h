// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which slices a run learns from.

#include <string>
#include <vector>

#include "medcl/dataset/case_store.h"
#include "medcl/dataset/dataset.h"
#include "medcl/sampling/sampler.h"
#include "medcl/task/config.h"

namespace medcl {

/// The cases to learn from and to validate on, without options.leave_out: those of
/// options.validate_on and all others, else those of the chosen split, else none and all.
/// @throws Error(kUsage) when the split or a case of the options does not exist;
/// Error(kInvalidData)
///         naming cases that do not exist or that are in both.
Split chosen_split(const Dataset& dataset, const TrainOptions& options);

/// "training on 5 labelled and 20 unlabelled cases, validating on 5". Cases that options.scribbled
/// leaves out count as unlabelled.
std::string case_counts(const Dataset& dataset, const TrainOptions& options);

/// A line when every labelled training case is a dense mask, so that there is no scribble to learn
/// from; else empty.
std::string dense_training_note(const CaseStore& store, const Split& split,
                                const std::vector<std::string>& scribbled);

/// Whether the labels to train on are masks: no slice is open in part. False without any.
bool has_masks_only(const CaseStore& store, const Split& split,
                    const std::vector<std::string>& scribbled);

/// Slices of the training cases, of which each is the middle of a patch of `depth` slices. A slice
/// is scribbled when its case is listed in options.scribbled (or the list is empty) and its patch
/// holds at least one annotated pixel; other slices are unlabelled and are left out when
/// `keep_unlabelled` is false.
/// @throws Error(kUsage) naming listed cases that do not exist.
std::vector<SliceRef> training_slices(const CaseStore& store, const Split& split,
                                      const std::vector<std::string>& scribbled,
                                      bool keep_unlabelled, std::int64_t depth = 1);

/// @throws Error(kInvalidData) naming the foreground classes that no scribbled slice shows: a
///         network cannot learn them. Those that were drawn and lost when the labels were resampled
///         are told from those that nobody drew.
void require_every_class(const CaseStore& store, const std::vector<SliceRef>& slices,
                         const LabelMap& labels);

}  // namespace medcl
