// SPDX-License-Identifier: Apache-2.0
#pragma once

// The native dataset: nnU-Net v2 raw layout (imagesTr, labelsTr, imagesTs, labelsTs, dataset.json,
// splits_final.json) with the ignore label for pixels that nobody annotated.
//
// Source: nnU-Net v2 documentation, dataset_format.md.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "medcl/core/finding.h"
#include "medcl/dataset/label_map.h"
#include "medcl/format/json.h"

namespace medcl {

struct Case {
  std::string id;
  std::vector<std::filesystem::path> images;    ///< one per channel (or one 4-D file)
  std::optional<std::filesystem::path> labels;  ///< scribbles or dense masks
};

struct Split {
  std::vector<std::string> train, validation;  ///< case ids
};

struct Dataset {
  std::filesystem::path root;
  std::string name;
  std::vector<std::string> channel_names;
  std::string file_ending = ".nii.gz";
  LabelMap labels;
  /// Whether dataset.json has "scribbles": "complete": in a slice with scribbles every class that
  /// it shows is drawn. Else a class without a stroke may be there all the same.
  bool complete_scribbles = false;
  std::string orientation;  ///< "anatomical", "array" or axis codes (orientation.h); may be empty
  std::vector<Case> cases;  ///< imagesTr, sorted by id; labels may be absent (unlabelled)
  std::vector<Case> test_cases;  ///< imagesTs
  std::vector<Split> splits;     ///< splits_final.json; may be empty
  Json description;              ///< dataset.json as read, with keys we do not use
  Findings findings;             ///< of the names of files, see case_files.h

  /// The case of imagesTr or imagesTs with this id; nullptr when there is none.
  [[nodiscard]] const Case* find(const std::string& id) const;
};

/// The number of cases, "12 cases (5 labelled, 7 unlabelled)", said wherever cases are listed: a
/// label that was not found shows in it.
std::string counted_cases(const std::vector<Case>& cases);

/// Reads dataset.json and lists the files; opens no image.
/// @throws Error(kIo) no such folder, one that cannot be listed, or unreadable JSON;
///         Error(kInvalidData) missing keys, a case with missing channels, no cases at all, an
///         ignore value against the rule.
Dataset read_dataset(const std::filesystem::path& root,
                     IgnoreRule rule = IgnoreRule::kHighestPlusOne);

/// What dataset.json says of a dataset: all but root, cases and splits.
/// @throws Error(kInvalidData) naming `where`: missing keys, wrong types.
Dataset dataset_from_json(const Json& json, const std::string& where);
/// The content of dataset.json: `description` with the fields of the dataset put in.
Json dataset_to_json(const Dataset& dataset);

/// The content of splits_final.json. @throws Error(kInvalidData) naming `where`.
std::vector<Split> splits_from_json(const Json& json, const std::string& where);
Json splits_to_json(const std::vector<Split>& splits);

/// Writes dataset.json (numTraining counted) and, when there are splits, splits_final.json.
void write_dataset_json(const Dataset& dataset);

/// Where an image or a label file of a case lies: "<root>/imagesTr/<id>_0000<ending>" and so on.
std::filesystem::path image_path(const Dataset& dataset, const std::string& id, int channel,
                                 bool test = false);
std::filesystem::path label_path(const Dataset& dataset, const std::string& id, bool test = false);

}  // namespace medcl
