// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a model says about the run that made it.

#include "medcl/dataset/case_store.h"
#include "medcl/dataset/dataset.h"
#include "medcl/model/model_file.h"
#include "medcl/task/config.h"

namespace medcl {

/// Everything but `training`.
ModelCard card_of(const Dataset& dataset, const RunOptions& options);

/// Dataset, seed, the cases of the split, how the training images look (`predict` compares with
/// it), and the files of the weights that the network began with, with their hashes. @throws
/// Error(kIo) when those cannot be read.
Json provenance(const Dataset& dataset, const RunOptions& options, const CaseStore& store,
                const Split& split);

/// The options of a network whose weights are copied from another one.
RunOptions without_files(RunOptions options);

}  // namespace medcl
