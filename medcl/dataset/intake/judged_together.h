// SPDX-License-Identifier: Apache-2.0
#pragma once

// What 0 means in a label file, by what it means in the others. Part of make_dataset.

#include <map>
#include <string>

#include "medcl/dataset/intake/intake.h"

namespace medcl {

/// Corrects what each file suggested by itself (meaning_of_zero). A stroke that happens to follow a
/// border looks like a mask: where most files are strokes, those drawn with a pen as thin are, too.
/// An empty file among strokes is one in which nobody drew, and one among masks background.
void judge_together(std::map<std::string, SeenLabels>& labels);

}  // namespace medcl
