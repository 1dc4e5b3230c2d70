// SPDX-License-Identifier: Apache-2.0
#pragma once

// Files of a dataset in a copy of it.

#include <filesystem>

#include "medcl/dataset/dataset.h"

namespace medcl {

/// The same bytes under another name, without a second copy where the file system can (a hard
/// link). Folders above `to` are created. @throws Error(kIo)
void carry_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// Where an image or the labels of a case come to lie in a copy below `root`: under the same folder
/// and name, or, where dataset.json lists the files, under the names of the layout.
std::filesystem::path carried_image(const Dataset& dataset, const Case& one, std::size_t channel,
                                    const std::filesystem::path& root);
std::filesystem::path carried_labels(const Dataset& dataset, const Case& one,
                                     const std::filesystem::path& root);

/// `labels` under an ending that can be written: .nii.gz in place of a picture's.
std::filesystem::path writable_labels(const std::filesystem::path& labels);

/// Carries the files beside dataset.json, but none that describes cases: splits_final.json,
/// categories.json.
void carry_other_files(const Dataset& dataset, const std::filesystem::path& root);

}  // namespace medcl
