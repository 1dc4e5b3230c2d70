// SPDX-License-Identifier: Apache-2.0
#pragma once

// How good is a segmentation: every metric of a case in 3-D and millimetres on the native grid, and
// means over cases.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "medcl/core/options.h"
#include "medcl/dataset/dice_measure.h"
#include "medcl/dataset/label_map.h"
#include "medcl/dataset/units.h"
#include "medcl/evaluation/overlap.h"
#include "medcl/image/volume.h"

namespace medcl {

struct EvaluateOptions {
  double tolerance_mm = 2.0;       ///< of the surface Dice
  std::string empty = "diagonal";  ///< "diagonal" or "nan", see EmptyPolicy
  /// "world": prediction and reference must lie on the same grid; a prediction whose axes are
  /// stored in another order is reordered. "index": same size is enough, voxels are compared by
  /// index (label headers of some released data are wrong).
  std::string alignment = "world";
  void describe(OptionTable table);
  [[nodiscard]] EmptyPolicy empty_policy() const {
    return empty == "nan" ? EmptyPolicy::kNan : EmptyPolicy::kDiagonal;
  }
};

/// One foreground class of one case. Definitions: see metrics().
struct ClassMetrics {
  Overlap overlap;
  double dice = 0, jaccard = 0;
  double hd_mm = 0, hd95_pooled_mm = 0, hd95_max_mm = 0, assd_mm = 0;
  double surface_dice = 0;
  double volume_pred_ml = 0, volume_ref_ml = 0, volume_difference_ml = 0;
  bool policy_used = false;  ///< a mask was empty: distances follow the empty policy
};

/// A metric by name: the key in summary.json, a column title and its definition in words.
struct Metric {
  const char* key;
  const char* title;
  const char* definition;
  double ClassMetrics::*value;
};
/// All metrics in the order of the tables.
std::span<const Metric> metrics();
/// The title with the unit that its values are shown in: "HD mm" is "HD px" where `units` are
/// pixels.
std::string title_of(const Metric& metric, const Units& units);
/// A value of the metric in that unit.
double shown_value(const Metric& metric, double value, const Units& units);
/// Whether the metric is a length or a volume, which take fewer digits than a share.
bool has_unit(const Metric& metric);

struct CaseResult {
  std::string id;
  std::filesystem::path prediction_file, reference_file;
  std::vector<ClassMetrics> classes;  ///< foreground classes in the order of the label map
  /// 3, or 2 for a volume of one slice, whose surfaces are contours; see surface_distance.h.
  std::int64_t surface_dimensions = 3;
};

/// Every metric of every foreground class. Voxels whose reference has the ignore value are left out
/// (for surfaces they count as background in both). Volumes are voxel counts times the voxel
/// volume. `spacing_mm` is along the axes of the reference.
/// @throws Error(kInvalidData) grids that differ (see EvaluateOptions::alignment), values outside
///         the map, a prediction with the ignore value; `id` is named.
CaseResult evaluate_case(const std::string& id, const Labels& prediction, const Labels& reference,
                         const Point3& spacing_mm, const LabelMap& labels,
                         const EvaluateOptions& options);
/// evaluate_case for class indices (to_class_indices), in a quarter of the memory. Takes 2 bytes
/// per voxel, and 14 per voxel of the smallest box around a class, on top of the two volumes.
CaseResult evaluate_case(const std::string& id, const Grid<std::uint8_t>& prediction,
                         const Grid<std::uint8_t>& reference, const Point3& spacing_mm,
                         const LabelMap& labels, const EvaluateOptions& options);

/// Mean, standard deviation (ddof 1; NaN for fewer than two) and number of the finite values. Over
/// cases everywhere: classes of one case are no independent measurements.
struct Statistic {
  double mean = 0, sd = 0;
  std::int64_t count = 0;
};

struct Summary {
  LabelMap labels;
  EvaluateOptions options;
  std::vector<CaseResult> cases;
  std::vector<std::vector<Statistic>> per_class;  ///< [foreground class][metric]
  /// [metric], over cases: of each case the mean over its classes (mean_over_classes).
  std::vector<Statistic> over_classes;
  std::vector<std::int64_t> policy_cases;  ///< [foreground class]
  Units units;                             ///< to show lengths and volumes in
  std::string measure = kDice;             ///< which Dice the references give
};

Statistic statistic_of(std::span<const double> values);
/// A number of a case: the mean over those of its classes that have a finite value; NaN without.
double mean_over_classes(const CaseResult& one, double ClassMetrics::*value);
Summary summarise(std::vector<CaseResult> cases, const LabelMap& labels,
                  const EvaluateOptions& options);

}  // namespace medcl
