// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which data a run has seen, kept in its checkpoints (data_changes.h).

#include <string>

#include "medcl/dataset/case_store.h"
#include "medcl/dataset/dataset.h"
#include "medcl/format/json.h"

namespace medcl {

/// {"dataset.json": hash, "split": hash, "imagesTr/a_0000.nii.gz": hash, ...}: the first 32 digits
/// of the SHA-256 of what dataset.json means (not of its spaces), of the lists of the split, and of
/// the files of its cases. Names are relative to the dataset, which may move. @throws Error(kIo)
Json data_record(const Dataset& dataset, const CaseStore& store, const Split& split);

/// What `dataset` no longer holds as it was recorded (data_changes()); empty when nothing changed.
/// Reads all files of the record. @throws Error(kIo)
std::string changes_since(const Json& record, const Dataset& dataset);

}  // namespace medcl
