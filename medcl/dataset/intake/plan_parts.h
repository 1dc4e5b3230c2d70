// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parts of plan_intake: what pairing labels and sorting images share.

#include <string>
#include <utility>
#include <vector>

#include "medcl/dataset/intake/plan.h"

namespace medcl {

using Indices = std::vector<std::size_t>;

void add_error(IntakePlan& plan, const char* id, const Problem& problem);
/// The sources of a role.
Indices of_role(const IntakePlan& plan, SourceRole role);
/// The name of a case: its words, or that of the folder that holds all files.
std::string id_of(const std::vector<std::string>& words, const SourceList& list);
/// The channel of that name, in any case of letters; the number of channels where there is none.
std::size_t channel_of(const std::string& word, const std::vector<std::string>& names);

/// Gives every case of the plan its labels; `given` are pairs of image and labels that the user
/// named.
void pair_labels(IntakePlan& plan, const std::vector<std::pair<std::size_t, std::size_t>>& given);

}  // namespace medcl
