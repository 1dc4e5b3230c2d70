// SPDX-License-Identifier: Apache-2.0
#pragma once

// What differs between two records of the data that a run has seen: one that goes on with other
// data is another run, and its scores cannot be compared.

#include <string>

#include "medcl/format/json.h"

namespace medcl {

/// Of {"imagesTr/a_0000.nii.gz": hash, ...}, for a person: "labelsTr/a.nii.gz and 2 more changed,
/// imagesTr/b_0000.nii.gz is gone"; empty when nothing differs. A record of another type differs
/// in everything.
std::string data_changes(const Json& before, const Json& now);

}  // namespace medcl
