// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names in the folder and in dataset.json that mean nothing to the reader but look like some that
// would. Only ever the ground of a message: nothing is read under a name that is merely near.

#include <filesystem>
#include <string>

#include "medcl/core/finding.h"
#include "medcl/format/json.h"

namespace medcl {

/// Warnings "misspelt-name": a file or folder beside dataset.json, or a key of it, that is nearly
/// named like one that is not there ("labelsTR", "labels", "split_final.json", "scribble"). Names
/// whose right form is there too are nobody's mistake. `description`: the content of dataset.json.
/// @throws Error(kIo) as list_folder.
Findings misspelt_names(const std::filesystem::path& root, const Json& description);

/// The name of a file in a folder without dataset.json that was meant to be that ("dataset.JSON",
/// "dataset.json.txt"); empty when there is none. @throws Error(kIo) as list_folder.
std::string named_like_dataset_json(const std::filesystem::path& root);

}  // namespace medcl
