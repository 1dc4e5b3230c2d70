// SPDX-License-Identifier: Apache-2.0
#pragma once

// Predictions without a reference: what can be said of them from themselves.

#include <filesystem>
#include <string>
#include <vector>

#include "medcl/dataset/label_map.h"
#include "medcl/dataset/units.h"
#include "medcl/format/json.h"
#include "medcl/image/class_volumes.h"

namespace medcl {

struct PredictedCase {
  std::string id;
  bool in_pixels = false;  ///< its images do not say how large a pixel is
  std::vector<std::filesystem::path> images;
  std::filesystem::path labels;
  std::vector<std::string> warnings;  ///< of `medcl predict`
  std::vector<double> volumes_ml;     ///< per foreground class, of the label file as it is now
  std::vector<Pieces> pieces;         ///< per foreground class
};

struct Predictions {
  LabelMap labels;
  Json record;  ///< prediction.json
  std::vector<PredictedCase> cases;

  /// Pixels when no case has a size of its pixels.
  [[nodiscard]] Units units() const;
};

/// Reads prediction.json of `medcl predict` in `folder` and every label file it names; relative
/// paths in it are relative to that folder. @throws Error(kIo) no such file, or not one of
/// `medcl predict`; as read_labels.
Predictions read_predictions(const std::filesystem::path& folder);

/// Reasons to look at a case with care, one phrase each; empty when there is none: what `predict`
/// warned of; a class that is missing; a volume far from those of the other cases (four or more of
/// them: more than 3.5 robust deviations and a quarter of the median away from it); a class in
/// several pieces of which the largest has less than nine tenths, or in more than five.
std::vector<std::string> unusual(const Predictions& predictions, std::size_t index);

}  // namespace medcl
