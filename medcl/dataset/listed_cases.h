// SPDX-License-Identifier: Apache-2.0
#pragma once

// Cases that dataset.json lists with their files, wherever those lie, instead of leaving them to be
// found in imagesTr and labelsTr.
//
// Source: nnU-Net v2 documentation, dataset_format.md ("dataset": {"case": {"images": [...],
// "label": "..."}}, paths as seen from the folder of dataset.json).

#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"

namespace medcl {

/// Whether dataset.json has the key "dataset" with a list.
bool lists_cases(const Dataset& dataset);

/// The cases that it lists, sorted by id; a case without "label" is unlabelled.
/// @throws Error(kInvalidData) wrong types, files that are not there, a wrong number of channels, a
///         name that cannot be one of a file.
std::vector<Case> listed_cases(const Dataset& dataset);

}  // namespace medcl
