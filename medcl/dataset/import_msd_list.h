// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which files of a folder of the Medical Segmentation Decathlon, or of nnU-Net version 1, are
// cases: those that the lists "training" and "test" of dataset.json name, or, without such a list,
// those of imagesTr, labelsTr, imagesTs and labelsTs.

#include <vector>

#include "medcl/dataset/import_job.h"

namespace medcl {

/// The cases of both groups, sorted by group and id. Files that are left out become findings
/// ("unlisted-files", "label-without-image", "label-nearly-named", "other-format").
/// `channel_suffix`: images end in _0000, _0001 ... and lists name them without it (nnU-Net).
/// @throws Error(kIo) a folder that cannot be listed; Error(kInvalidData) a list that is none, a
///         listed file that is absent or outside the folder, two cases of one name.
std::vector<SourceCase> list_msd_cases(ImportJob& job, const Json& description,
                                       bool channel_suffix);

}  // namespace medcl
