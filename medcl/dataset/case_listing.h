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
/// The image files of a case, one per channel in the order of dataset.json; none when one of them
/// is ambiguous.
/// @throws Error(kInvalidData) missing channels and more than dataset.json names.
std::vector<std::filesystem::path> channels_of_case(
    const Dataset& dataset, const std::string& id, bool test,
    const std::map<int, std::vector<std::filesystem::path>>& files, Findings& findings);

/// Gives the cases their label files of `folder`.
void attach_labels(std::vector<Case>& cases, const std::filesystem::path& folder,
                   const Dataset& dataset, Findings& findings);

/// Splits a name before the dataset's ending where it has that, else as split_image_name does.
NameParts parts_of_name(const std::string& name, const std::string& ending);
/// Whether a name is hidden by the custom of the system, or kept by a repair as "<name>.orig",
/// "<name>.orig.2".
bool is_passed_over(const std::string& name, const std::string& ending);
/// True when the entry is a file; says what is wrong when its name promised one.
bool is_file(const FolderEntry& entry, Findings& findings);
/// Which of several files of one name is meant: the one with the dataset's ending, or the only one;
/// none, and a finding, when neither is there.
std::optional<std::filesystem::path> choose_file(const std::vector<std::filesystem::path>& files,
                                                 const std::string& ending, Findings& findings);
void add_listing_finding(Findings& findings, Severity severity, const char* id,
                         const Problem& problem);
/// Adds the note "foreign-file" about a name that is not an image's.
void add_foreign(const FolderEntry& entry, Findings& findings);
std::string file_name(const std::filesystem::path& path);

}  // namespace medcl
