// SPDX-License-Identifier: Apache-2.0
#pragma once

// The options of MedCL, whatever its network.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Sec. 2. Readings and departures:
// docs/explanation/paper_to_code.md.

#include <cstdint>
#include <string>

#include "medcl/methods/teacher_target.h"
#include "medcl/mixing/inter_mix.h"
#include "medcl/objective/cluster.h"
#include "medcl/objective/mapping.h"

namespace medcl {

/// One score vector per class map, or per pixel.
enum class MappingSamples { kMaps, kPixels };
inline const Choices<MappingSamples>& choices(MappingSamples) {
  static const Choices<MappingSamples> kAll{{"maps", MappingSamples::kMaps},
                                            {"pixels", MappingSamples::kPixels}};
  return kAll;
}

/// Codes of the images, or of both images and mixtures.
enum class ClusterCodes { kOriginal, kBoth };
inline const Choices<ClusterCodes>& choices(ClusterCodes) {
  static const Choices<ClusterCodes> kAll{{"original", ClusterCodes::kOriginal},
                                          {"both", ClusterCodes::kBoth}};
  return kAll;
}

/// Rows that are clustered: the m classes or all 2m-1 maps, each also with the background.
enum class ClusterRows { kClasses, kMaps, kClassesAndBackground, kMapsAndBackground };
inline const Choices<ClusterRows>& choices(ClusterRows) {
  static const Choices<ClusterRows> kAll{
      {"classes", ClusterRows::kClasses},
      {"maps", ClusterRows::kMaps},
      {"classes_and_background", ClusterRows::kClassesAndBackground},
      {"maps_and_background", ClusterRows::kMapsAndBackground}};
  return kAll;
}

/// Eq. (1) over the m + 1 classes or the 2m-1 anatomy maps.
enum class MixMaps { kClasses, kAnatomy };
inline const Choices<MixMaps>& choices(MixMaps) {
  static const Choices<MixMaps> kAll{{"classes", MixMaps::kClasses},
                                     {"anatomy", MixMaps::kAnatomy}};
  return kAll;
}

/// What Eq. (1) compares a mixed image with: the mix of the student's own predictions, as in the
/// paper; what a teacher says, in a second pass that shows boxes of other images in place of
/// blends; or both, in three passes.
enum class MixTarget { kStudent, kTeacher, kBoth };
inline const Choices<MixTarget>& choices(MixTarget) {
  static const Choices<MixTarget> kAll{{"student", MixTarget::kStudent},
                                       {"teacher", MixTarget::kTeacher},
                                       {"both", MixTarget::kBoth}};
  return kAll;
}

/// Partial Dice on annotated pixels, or the published form on the whole image.
enum class DiceForm { kAnnotated, kWholeImage };
inline const Choices<DiceForm>& choices(DiceForm) {
  static const Choices<DiceForm> kAll{{"annotated", DiceForm::kAnnotated},
                                      {"whole_image", DiceForm::kWholeImage}};
  return kAll;
}

struct MedclOptions {
  InterMixOptions inter_mix;
  MappingOptions mapping;
  SinkhornOptions sinkhorn;
  double mapping_temperature = 0.1;  ///< w
  MappingSamples mapping_samples = MappingSamples::kMaps;
  /// Scores are entries of unit-length codes, as in SwAV; raw codes grow without bound, because
  /// each sums over thousands of pixels.
  bool mapping_normalise = true;
  ClusterOptions cluster;
  ClusterRows cluster_rows = ClusterRows::kClasses;
  ClusterCodes cluster_codes = ClusterCodes::kOriginal;
  MixMaps mix_maps = MixMaps::kClasses;
  MixTarget mix_target = MixTarget::kStudent;
  TeacherTargetOptions teacher;    ///< of a teacher as target
  bool mix_stop_gradient = false;  ///< the mix of the predictions is a constant target
  /// Unions of classes are sums of class probabilities, or outputs of the network of their own (one
  /// for each of kept_unions in mixing/class_sets.h) that learn from the scribbles and that Eq. (5)
  /// ties to the classes.
  bool union_outputs = false;
  DiceForm dice = DiceForm::kAnnotated;
  double balance = 0;                  ///< of the classes in the cross-entropies, 0 .. 1
  std::int64_t distribution_from = 0;  ///< first step of the mapping, cluster and anatomy terms
  /// Weights of the terms; 0 switches a term off.
  double weight_ce = 1, weight_dice = 1, weight_category = 1, weight_mix = 1, weight_mixed_ce = 1,
         weight_pseudo = 0.5, weight_mapping = 1, weight_cluster = 1, weight_anatomy = 1,
         weight_union_ce = 1;
  void describe(OptionTable table);

 private:
  void describe_weights(OptionTable table);
};

}  // namespace medcl
