// SPDX-License-Identifier: Apache-2.0
#pragma once

// What nnU-Net's self-configuration knows of a dataset (its dataset_fingerprint.json).
//
// Source: Isensee et al., nnU-Net, Nature Methods 2021; nnU-Net 2.8.1, fingerprint_extractor.py and
// cropping.py. Axes are those of the files, slowest first: z y x. What differs from the original,
// on purpose: intensities are those of all voxels of the foreground, not of some that are drawn at
// random, and voxels that nobody annotated are no foreground (there they are, so that with
// scribbles nearly the whole image counts).

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"
#include "medcl/format/json.h"

namespace medcl::nnunet {

/// Of one channel, over the voxels with a label of the foreground.
struct Intensities {
  double mean = 0, median = 0, deviation = 0;  ///< the deviation of all of them (ddof 0)
  double least = 0, most = 0;
  double percentile_00_5 = 0, percentile_99_5 = 0;
};

struct Fingerprint {
  std::vector<std::array<double, 3>> spacings_mm;  ///< of each case
  /// Sizes of each case in voxels, cropped to the box around what is not 0 in some channel.
  std::vector<std::array<std::int64_t, 3>> shapes;
  std::vector<Intensities> channels;
  double kept_share = 1;  ///< median share of a case's voxels that the crop keeps

  /// As nnU-Net writes it.
  [[nodiscard]] Json to_json() const;
  /// @throws Error(kIo) naming `where`: missing or broken fields, no case, a size or a spacing that
  ///         is not positive.
  static Fingerprint from_json(const Json& json, const std::string& where);
};

/// The fingerprint of all labelled cases of imagesTr, those that are validated on included, as
/// there. Reads one case after the other. A picture is a slice of 999 times the size of its pixels.
/// Percentiles are exact up to a million different intensities, then to six digits.
/// @throws Error(kInvalidData) when no case is labelled or none shows any foreground; as read_case.
Fingerprint fingerprint_of(const Dataset& dataset, const std::string& assume = "",
                           const std::function<void(std::int64_t, std::int64_t)>& progress = {});

}  // namespace medcl::nnunet
