// SPDX-License-Identifier: Apache-2.0
#pragma once

// Loose files -> a dataset. Files of the user are only read; the dataset holds copies.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "medcl/dataset/import.h"
#include "medcl/dataset/intake/label_names.h"
#include "medcl/dataset/intake/plan.h"
#include "medcl/dataset/intake/zero.h"
#include "medcl/dataset/make_splits.h"

namespace medcl {

struct IntakeOptions {
  std::vector<std::string> map;  ///< "OLD=NEW" as for relabel
  std::optional<Zero> zero;      ///< what 0 means in all files; absent: what each suggests
  /// The size of a voxel where files do not say it.
  std::optional<std::array<double, 3>> spacing_mm;
  bool in_pixels = false;  ///< spacing_mm is 1 x 1 x 1 because nobody knows the size of a pixel
  std::string assume;      ///< as ReadOptions
  SplitOptions split;
};

/// What the label file of a case holds.
struct SeenLabels {
  std::map<std::int32_t, std::int64_t> voxels;  ///< by value of the file
  ZeroMeaning zero;
  bool is_open = false;  ///< some of the new labels mean "nobody drew"
};

/// The values of all files -> voxels.
std::map<std::int32_t, std::int64_t> voxels_by_value(
    const std::map<std::string, SeenLabels>& labels);

/// Whether these are values of masks in colours, which go beyond those of grey pictures.
bool are_colours(const std::map<std::int32_t, std::int64_t>& voxels);

struct IntakeReport {
  Dataset dataset;  ///< as written
  LabelMeaning meaning;
  std::map<std::string, SeenLabels> labels;  ///< by case
  Findings findings;
};

/// Called with what is done ("looking", "writing"), how far, of how much, and the case.
using IntakeProgress =
    std::function<void(const std::string&, std::int64_t, std::int64_t, const std::string&)>;

/// What make_dataset would find in the files of a plan without errors and take their values for;
/// nothing is written, and the dataset of the report stays empty.
/// @throws as make_dataset.
IntakeReport look_at_files(const IntakePlan& plan, const IntakeOptions& options,
                           const IntakeProgress& progress);

/// Makes the dataset of a plan without errors in `target`, a staged folder: complete or absent.
/// Images become NIfTI, labels values 0..m on the grid of their image. Beside dataset.json lie
/// sources.tsv, which says what every file became, and of DICOM dicom.tsv. The labelled cases are
/// split; of a single one, slices are held back as a case of its own.
/// @throws Error(kInvalidData), Error(kIo), Error(kUsage) naming the file; what `progress` throws,
///         and then nothing is left.
IntakeReport make_dataset(const IntakePlan& plan, const IntakeOptions& options,
                          const std::filesystem::path& target, const IntakeProgress& progress);

}  // namespace medcl
