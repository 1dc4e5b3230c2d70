// SPDX-License-Identifier: Apache-2.0
#pragma once

// What predictions say of their own quality where nobody knows the truth: how far models that saw
// different cases agree, and how many voxels of strokes that they did not see they get right.
//
// Source: Roy et al., Bayesian QuickNAT, NeuroImage 195, 2019 (the overlap of several segmentations
// of one image predicts their Dice).

#include <cstdint>
#include <span>
#include <vector>

namespace medcl {

/// Class indices of all voxels of a case, by one model.
using Segmentation = std::span<const std::uint8_t>;

/// Of each foreground class the mean Dice over pairs of segmentations of one case: all pairs, or
/// those of segmentation `of` with each other. A pair in which neither shows the class counts 1;
/// NaN for a class that no segmentation of any of the pairs shows. At least two segmentations, all
/// of one size.
std::vector<double> mean_pair_dice(const std::vector<Segmentation>& segmentations,
                                   std::int64_t class_count, std::int64_t of = -1);

/// Voxels of strokes that a model did not learn from, of one class.
struct StrokeCounts {
  std::int64_t drawn = 0;    ///< of strokes of the class
  std::int64_t found = 0;    ///< of these, predicted as the class
  std::int64_t claimed = 0;  ///< of any strokes, predicted as the class

  void add(const StrokeCounts& other);
  /// found / drawn; NaN where nothing was drawn.
  [[nodiscard]] double recall() const;
  /// found / claimed; NaN where nothing was claimed.
  [[nodiscard]] double precision() const;
  /// 2 found / (drawn + claimed); NaN where nothing was drawn.
  [[nodiscard]] double dice() const;
};

/// Counts of each foreground class. `strokes`: class indices, kNotAnnotated where nobody drew.
std::vector<StrokeCounts> count_strokes(Segmentation predicted, Segmentation strokes,
                                        std::int64_t class_count);

}  // namespace medcl
