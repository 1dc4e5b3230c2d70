// SPDX-License-Identifier: Apache-2.0
#pragma once

// Dense labels for the training volumes of MSCMRseg, whose release has scribbles only. The patients
// of MyoPS 2020 are the same ones, and its late-enhancement slices are slices of these volumes,
// cropped otherwise; so its gold standard is one of some slices of each volume.
//
// Source: X. Zhuang, Multivariate mixture model for myocardial segmentation, TPAMI 41 (2019); L. Li
// et al., MyoPS: a benchmark of myocardial pathology segmentation, Medical Image Analysis 87
// (2023). Which case is which subject was found by correlating the images.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "medcl/core/finding.h"
#include "medcl/image/volume_io.h"

namespace medcl {

/// A case of MyoPS with its gold standard.
struct DenseSource {
  std::filesystem::path image;   ///< late enhancement
  std::filesystem::path labels;  ///< 0 background, 600 RV, 200 MYO, 500 LV, 1220 edema, 2221 scar
};

/// The cases below `folder`, by their subjects in MSCMRseg ("subject19"): Case3001_LGE and
/// Case3001_gd, or myops_training_101_LGE and myops_training_101_gd. Scribbles are passed over.
/// @throws Error(kIo) for a folder or file that cannot be read; Error(kInvalidData) where there is
///         no such case, or one twice.
std::map<std::string, DenseSource> find_dense_sources(const std::filesystem::path& folder);

struct DenseLabels {
  Labels labels;            ///< on the grid of the image; `undrawn` in slices that have none
  std::int64_t slices = 0;  ///< that have dense labels
  Findings findings;
};

/// The gold standard on the slices of `image` that its slices are: 0 background, 1 RV, 2 MYO
/// (healthy or not), 3 LV. A slice that is found in no slice of the image (correlation below .93),
/// or in one that has another already, is left out with a finding. Of `scribbles` on the same grid
/// the share of drawn structures that the gold standard agrees with is looked at: below .7 is a
/// finding, for two observers of one apex may differ, and a wrong slice would look just so.
/// @throws as read_image and read_labels; Error(kInvalidData) for values of no such gold standard.
DenseLabels dense_labels_for(const Image& image, const Labels& scribbles, const DenseSource& source,
                             std::int32_t undrawn);

}  // namespace medcl
