// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a validation gives away of a training that goes wrong, in words, with what is likely behind
// it and what to change.

#include <set>
#include <string>
#include <vector>

#include "medcl/engine/task.h"
#include "medcl/task/validation.h"

namespace medcl {

/// A structure larger than this many times its reference is too large, smaller than its inverse too
/// small.
inline constexpr double kAlarmingFactor = 1.5;

/// What the labels of cases are: strokes, or a class for (nearly) every pixel.
enum class LabelKind { kStrokes, kMasks };

/// The names of the options that a run has.
using OptionNames = std::set<std::string>;

/// "nothing-found" where every class is missing; else "class-not-found", "too-large" and
/// "too-small", each with the classes concerned. Classes without a reference say nothing. What is
/// likely behind it depends on what was learned from, and what was compared on what was judged on.
/// A setting is advised only where `options` have it.
std::vector<Alarm> alarms_of(const std::vector<ClassVolume>& volumes, LabelKind learned_from,
                             LabelKind judged_on, const OptionNames& options);

}  // namespace medcl
