// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parts of list_cases (case_files.h): the images of a dataset, their labels, and what both need.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "medcl/core/finding.h"
#include "medcl/core/folder_listing.h"
#include "medcl/dataset/dataset.h"
#include "medcl/image/volume_io.h"

namespace medcl {

/// Case -> channel -> files of that name, under whatever ending.
using ImageFiles = std::map<std::string, std::map<int, std::vector<std::filesystem::path>>>;

ImageFiles list_images(const std::filesystem::path& folder, const std::string& ending,
                       Findings& findings);
/// In the order of dataset.json; empty when one is ambiguous.
/// @throws Error(kInvalidData) missing channels and more than dataset.json names.
std::vector<std::filesystem::path> channels_of_case(
    const Dataset& dataset, const std::string& id, bool test,
    const std::map<int, std::vector<std::filesystem::path>>& files, Findings& findings);

/// Gives the cases their label files of `folder`.
void attach_labels(std::vector<Case>& cases, const std::filesystem::path& folder,
                   const Dataset& dataset, Findings& findings);

/// With the dataset's ending where the name has it, else as split_image_name.
NameParts parts_of_name(const std::string& name, const std::string& ending);
/// Hidden by the custom of the system, or kept by a repair as "<name>.orig", "<name>.orig.2".
bool is_passed_over(const std::string& name, const std::string& ending);
/// True when the entry is a file; says what is wrong when its name promised one.
bool is_file(const FolderEntry& entry, Findings& findings);
/// Files of one meaning: the one with the dataset's ending, or the only one.
std::optional<std::filesystem::path> choose_file(const std::vector<std::filesystem::path>& files,
                                                 const std::string& ending, Findings& findings);
void add_listing_finding(Findings& findings, Severity severity, const char* id,
                         const Problem& problem);
/// For a name that is not that of an image.
void add_foreign(const FolderEntry& entry, Findings& findings);
std::string file_name(const std::filesystem::path& path);

}  // namespace medcl
