// SPDX-License-Identifier: Apache-2.0
#pragma once

// Rules that need more than one case.

#include <set>
#include <string>
#include <vector>

#include "medcl/core/names.h"
#include "medcl/dataset/check_case.h"

namespace medcl {

/// Checks the number of cases, numTraining, and for files that belong to no case or are not named
/// as they should be.
void check_listing(const Dataset& dataset, Findings& findings);
/// Checks splits for unknown ids, ids in train and validation, classes that a split cannot learn or
/// judge.
void check_splits(const Dataset& dataset, const std::vector<CaseFacts>& facts, Findings& findings);
/// Checks for classes that no training case shows, no annotation at all, dense files among
/// scribbles.
void check_annotation(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                      Findings& findings);
/// Checks for labels in which 0 seems to mean "nobody drew here".
void check_habits(const Dataset& dataset, const std::vector<CaseFacts>& facts, Findings& findings);
/// Checks for scans stored in several orders of axes, and scans of another plane than the network
/// sees.
void check_orientation(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                       Findings& findings);
/// Checks categories.json against dataset.json and against the labels.
void check_categories(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                      Findings& findings);
/// Checks for slices of scribbles of which nobody knows whether some class is there.
void check_open_classes(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                        const Categories& listed, Findings& findings);
/// Checks for the same voxels in two cases: an error when one of them judges the other.
void check_duplicates(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                      Findings& findings);
/// Checks for cases whose brightness is far from that of all others.
void check_intensities(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                       Findings& findings);

/// The path of the file `name` in the dataset's folder.
std::string in_root(const Dataset& dataset, const char* name);
/// The facts of the case `id`; nullptr unless that is a case of imagesTr.
const CaseFacts* find_facts(const std::vector<CaseFacts>& facts, const std::string& id);

}  // namespace medcl
