// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which files of a dataset's folders make up which case, and what is said of those that make up
// none. docs/reference/dataset-format.md tells a user the same.

#include <optional>
#include <string>
#include <vector>

#include "medcl/core/finding.h"
#include "medcl/dataset/dataset.h"

namespace medcl {

/// The parts of "<id>_<four digits>", the name of an image without its ending.
struct ImageName {
  std::string id;
  int channel = 0;
};
/// The parts of a name; none when it is not an image's.
std::optional<ImageName> image_name_of(const std::string& stem);

/// The channels of a dataset or model with their numbers: "0 LGE, 1 T2".
std::string list_channels(const std::vector<std::string>& names);

struct CaseListing {
  std::vector<Case> cases;  ///< sorted by id
  Findings findings;        ///< one for every file that is not used or not named as it should be
};

/// Lists imagesTr and labelsTr (imagesTs and labelsTs when `test`); opens no image. Names beginning
/// with '.' and what `check --fix` keeps (*.orig) are passed over; every other name belongs to a
/// case or has a finding. A file is read under the dataset's ending, or, where there is none, under
/// any other ending of an image in any case of letters, if only one file has that name.
/// Findings: "label-nearly-named", "ambiguous-file", "broken-link", "not-a-file" (errors);
/// "label-without-image", "image-without-channel", "unused-file", "label-not-read" (warnings);
/// "other-ending", "foreign-file" (notes).
/// @throws Error(kIo) a folder that cannot be listed; Error(kInvalidData) missing channels, more
///         channels than dataset.json names.
CaseListing list_cases(const Dataset& dataset, bool test);

/// For whoever is about to use the images alone: logs what the listing found, folded.
void warn_of_listing(const Dataset& dataset);

/// For whoever is about to use the labels of imagesTr.
/// @throws Error(kInvalidData) the first error of imagesTr and labelsTr: a label that is there but
///         not found must not turn its case into an unlabelled one.
void require_sound_listing(const Dataset& dataset);

}  // namespace medcl
