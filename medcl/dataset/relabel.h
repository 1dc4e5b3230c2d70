// SPDX-License-Identifier: Apache-2.0
#pragma once

// Gives the values of a dataset's label files another meaning: "0=ignore,4=background,200=MYO".

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"

namespace medcl {

struct Relabelling {
  LabelMap labels;  ///< of the relabelled dataset
  std::map<std::int32_t, std::int32_t> new_from_old;
  /// The new values in files that are to keep their meaning: those of the same name.
  std::map<std::int32_t, std::int32_t> same_meaning;
  /// Name of every class that there was -> what its voxels are now: a class, "background" or
  /// "ignore".
  std::map<std::string, std::string> new_names;
};

/// The plan that pairs of names or values ask for. `pairs`: "OLD=NEW" each. OLD is a value in the
/// files, or a name of `labels`; NEW is "background", "ignore", a name, or the number of a class of
/// `labels`. A name that is none yet becomes a class with the next free number; a class whose every
/// value became something else is no more. Values that no pair names keep their meaning. "ignore"
/// is always the highest number + 1.
/// @throws Error(kUsage) naming the pair: no "=", an unknown OLD name, one OLD twice;
///         Error(kInvalidData) when no class would be left.
Relabelling plan_relabelling(const LabelMap& labels, const std::vector<std::string>& pairs);

struct RelabelReport {
  std::int64_t label_files = 0;
  std::map<std::int32_t, std::int64_t> voxels_before, voxels_after;  ///< by value
};

/// Writes a relabelled copy of a dataset. `only`: cases whose labels change, all when empty; the
/// others keep what their values mean. The copy goes into `target` (absent or empty; complete or
/// absent afterwards): labels with their header and new values, dataset.json, splits and
/// categories; every other file of the dataset as a hard link, or a copy on another file system.
/// The dataset itself is only read.
/// @throws Error(kInvalidData) for a file with values outside both maps, for a dataset whose
///         listing has errors (case_files.h); Error(kUsage) for a target that is not free and for
///         names in `only` that are no cases.
RelabelReport relabel_dataset(const Dataset& dataset, const Relabelling& plan,
                              const std::filesystem::path& target,
                              const std::vector<std::string>& only = {},
                              const std::function<void(std::int64_t, std::int64_t)>& progress = {});

}  // namespace medcl
