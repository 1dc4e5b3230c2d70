// SPDX-License-Identifier: Apache-2.0
#include "medcl/evaluation/evaluate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "medcl/core/error.h"
#include "medcl/evaluation/surface_distance.h"
#include "medcl/image/axis_order.h"

namespace medcl {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

constexpr std::array kMetrics = {
    Metric{"Dice", "Dice", "2 |P and R| / (|P| + |R|) over the voxels of the volume",
           &ClassMetrics::dice},
    Metric{"IoU", "Jaccard", "|P and R| / |P or R| over the voxels of the volume",
           &ClassMetrics::jaccard},
    Metric{
        "HD", "HD mm",
        "Hausdorff distance: largest distance from a surface voxel of one mask to the nearest "
        "surface voxel of the other; surface = foreground with a background face neighbour (in a "
        "volume of one slice: among the four neighbours in the slice)",
        &ClassMetrics::hd_mm},
    Metric{"HD95", "HD95 mm",
           "percentile 95 (linear interpolation) of the surface distances of both directions "
           "pooled, as MedPy",
           &ClassMetrics::hd95_pooled_mm},
    Metric{"HD95_max", "HD95 max mm", "larger of the percentiles 95 of the two directions",
           &ClassMetrics::hd95_max_mm},
    Metric{"ASSD", "ASSD mm",
           "average symmetric surface distance: mean over the surface voxels of both masks pooled",
           &ClassMetrics::assd_mm},
    Metric{"SurfaceDice", "surface Dice",
           "share of the area of both surfaces that lies within the tolerance of the other "
           "(marching-cubes area, as DeepMind's surface-distance)",
           &ClassMetrics::surface_dice},
    Metric{"Volume_pred_ml", "volume ml", "predicted volume", &ClassMetrics::volume_pred_ml},
    Metric{"Volume_ref_ml", "reference ml", "reference volume", &ClassMetrics::volume_ref_ml},
    Metric{"Volume_difference_ml", "difference ml", "predicted minus reference volume",
           &ClassMetrics::volume_difference_ml},
};

/// How the axes of the prediction go over into those of the reference.
AxisOrder common_order(const std::string& id, const Geometry& prediction, const Geometry& reference,
                       const EvaluateOptions& options) {
  const bool same_size = prediction.size == reference.size;
  if (options.alignment == "index" && same_size) return {};
  const auto order = order_onto(prediction, reference);
  if (order && options.alignment == "world") return *order;
  fail(ErrorCode::kInvalidData,
       {.what = "prediction and reference lie on different grids",
        .where = "case " + id,
        .expected = "one grid",
        .found = difference(prediction, reference),
        .remedy = same_size ? "if the places in the world are right, resample the prediction on "
                              "the grid of the reference; if only the headers differ and the "
                              "arrays fit, compare by voxel index: --alignment index"
                            : "predict on the grid of the image"});
}

void check_prediction(const std::string& id, std::span<const std::uint8_t> prediction) {
  const auto ignored = std::count(prediction.begin(), prediction.end(), kNotAnnotated);
  if (ignored > 0) {
    fail(ErrorCode::kInvalidData, {.what = "prediction holds the ignore label",
                                   .where = "case " + id,
                                   .expected = "a class for every voxel",
                                   .found = std::to_string(ignored) + " voxels",
                                   .remedy = "is this a scribble file?"});
  }
}

/// Largest distance between two voxel centres of the grid.
double diagonal_mm(const Size3& size, const Point3& spacing_mm) {
  return std::hypot(static_cast<double>(size[0] - 1) * spacing_mm[0],
                    static_cast<double>(size[1] - 1) * spacing_mm[1],
                    static_cast<double>(size[2] - 1) * spacing_mm[2]);
}

/// Distances when a mask is empty.
void apply_policy(ClassMetrics& result, double diagonal, EmptyPolicy policy) {
  const bool both = result.overlap.both_empty();
  double distance = kNan;
  result.surface_dice = both ? kNan : 0;
  if (policy == EmptyPolicy::kDiagonal) {
    distance = both ? 0 : diagonal;
    result.surface_dice = both ? 1 : 0;
  }
  result.hd_mm = result.hd95_pooled_mm = result.hd95_max_mm = result.assd_mm = distance;
  result.policy_used = true;
}

struct Volumes {
  std::span<const std::uint8_t> prediction,
      reference;  ///< class indices; kNotAnnotated in reference
  Size3 size;
  Point3 spacing_mm;
};

ClassMetrics evaluate_class(const Volumes& volumes, std::uint8_t index,
                            const EvaluateOptions& options) {
  ClassMetrics result;
  std::vector<std::uint8_t> pred(volumes.prediction.size()), ref(volumes.prediction.size());
  for (std::size_t voxel = 0; voxel < pred.size(); ++voxel) {
    if (volumes.reference[voxel] != kNotAnnotated) {
      pred[voxel] = volumes.prediction[voxel] == index;
      ref[voxel] = volumes.reference[voxel] == index;
      result.overlap.add(pred[voxel] != 0, ref[voxel] != 0);
    }
  }
  const Overlap& overlap = result.overlap;
  const Point3& spacing_mm = volumes.spacing_mm;
  const double voxel_ml = spacing_mm[0] * spacing_mm[1] * spacing_mm[2] / 1000;
  result.dice = overlap.dice(options.empty_policy());
  result.jaccard = overlap.jaccard(options.empty_policy());
  result.volume_pred_ml = static_cast<double>(overlap.n_pred) * voxel_ml;
  result.volume_ref_ml = static_cast<double>(overlap.n_ref) * voxel_ml;
  result.volume_difference_ml = result.volume_pred_ml - result.volume_ref_ml;
  if (overlap.both_empty() || overlap.one_empty()) {
    apply_policy(result, diagonal_mm(volumes.size, spacing_mm), options.empty_policy());
    return result;
  }
  const MaskPair pair{.pred = pred, .ref = ref, .size = volumes.size, .spacing_mm = spacing_mm};
  const VoxelSurfaceDistances distances = voxel_surface_distances(pair);
  result.hd_mm = distances.hd_mm();
  result.hd95_pooled_mm = distances.hd95_pooled_mm();
  result.hd95_max_mm = distances.hd95_max_mm();
  result.assd_mm = distances.assd_mm();
  result.surface_dice = element_surface_distances(pair).surface_dice(options.tolerance_mm);
  return result;
}

}  // namespace

void EvaluateOptions::describe(OptionTable table) {
  table.add("tolerance_mm", tolerance_mm, "tolerance of the surface Dice in mm", 0, 1000);
  table.add("empty", empty,
            "when a mask is empty: diagonal = both empty is perfect, one empty has distance = "
            "image diagonal; nan = left out of means",
            {"diagonal", "nan"});
  table.add("alignment", alignment,
            "world = both label files must lie on one grid; index = compare by voxel index",
            {"world", "index"});
}

std::span<const Metric> metrics() { return kMetrics; }

namespace {

bool is_length(const Metric& metric) { return std::string_view(metric.title).ends_with(" mm"); }
bool is_volume(const Metric& metric) { return std::string_view(metric.title).ends_with(" ml"); }

}  // namespace

bool has_unit(const Metric& metric) { return is_length(metric) || is_volume(metric); }

std::string title_of(const Metric& metric, const Units& units) {
  std::string title = metric.title;
  if (!has_unit(metric)) return title;
  title.resize(title.size() - 2);
  return title + (is_length(metric) ? units.length() : units.volume());
}

double shown_value(const Metric& metric, double value, const Units& units) {
  return is_volume(metric) ? units.volume_of(value) : value;
}

CaseResult evaluate_case(const std::string& id, const Labels& prediction, const Labels& reference,
                         const Point3& spacing_mm, const LabelMap& labels,
                         const EvaluateOptions& options) {
  common_order(id, prediction.geometry, reference.geometry, options);
  const auto indices = [&](const Labels& volume, const char* what) {
    return Grid<std::uint8_t>{volume.geometry,
                              to_class_indices(volume, labels, what + (" of case " + id))};
  };
  return evaluate_case(id, indices(prediction, "prediction"), indices(reference, "reference"),
                       spacing_mm, labels, options);
}

CaseResult evaluate_case(const std::string& id, const Grid<std::uint8_t>& prediction,
                         const Grid<std::uint8_t>& reference, const Point3& spacing_mm,
                         const LabelMap& labels, const EvaluateOptions& options) {
  const AxisOrder order = common_order(id, prediction.geometry, reference.geometry, options);
  check_prediction(id, prediction.voxels);
  std::vector<std::uint8_t> moved;
  if (!order.is_identity()) {
    moved = reordered(std::span<const std::uint8_t>(prediction.voxels), prediction.geometry.size,
                      order);
  }
  const Volumes volumes{.prediction = moved.empty() ? prediction.voxels : moved,
                        .reference = reference.voxels,
                        .size = reference.geometry.size,
                        .spacing_mm = spacing_mm};
  CaseResult result{.id = id,
                    .prediction_file = {},
                    .reference_file = {},
                    .classes = {},
                    .surface_dimensions = surface_dimensions(volumes.size)};
  for (std::int64_t index = 1; index < labels.class_count(); ++index) {
    result.classes.push_back(evaluate_class(volumes, static_cast<std::uint8_t>(index), options));
  }
  return result;
}

Statistic statistic_of(std::span<const double> values) {
  Statistic statistic{.mean = kNan, .sd = kNan, .count = 0};
  double sum = 0, squares = 0;
  for (const double value : values) {
    if (std::isfinite(value)) {
      sum += value;
      ++statistic.count;
    }
  }
  if (statistic.count == 0) {
    return statistic;
  }
  statistic.mean = sum / static_cast<double>(statistic.count);
  for (const double value : values) {
    squares += std::isfinite(value) ? (value - statistic.mean) * (value - statistic.mean) : 0;
  }
  if (statistic.count > 1) {
    statistic.sd = std::sqrt(squares / static_cast<double>(statistic.count - 1));
  }
  return statistic;
}

double mean_over_classes(const CaseResult& one, double ClassMetrics::*value) {
  std::vector<double> values;
  for (const ClassMetrics& scored : one.classes) values.push_back(scored.*value);
  return statistic_of(values).mean;
}

Summary summarise(std::vector<CaseResult> cases, const LabelMap& labels,
                  const EvaluateOptions& options) {
  Summary summary{.labels = labels,
                  .options = options,
                  .cases = std::move(cases),
                  .per_class = {},
                  .over_classes = {},
                  .policy_cases = {},
                  .units = {}};
  const auto classes = static_cast<std::size_t>(labels.foreground_count());
  for (const CaseResult& one : summary.cases) {
    check(one.classes.size() == classes, "case results do not fit the label map");
  }
  for (std::size_t c = 0; c < classes; ++c) {
    std::vector<Statistic> row;
    for (std::size_t m = 0; m < kMetrics.size(); ++m) {
      std::vector<double> values;
      for (const CaseResult& one : summary.cases) {
        values.push_back(one.classes[c].*kMetrics[m].value);
      }
      row.push_back(statistic_of(values));
    }
    summary.per_class.push_back(std::move(row));
    summary.policy_cases.push_back(
        std::count_if(summary.cases.begin(), summary.cases.end(),
                      [c](const CaseResult& one) { return one.classes[c].policy_used; }));
  }
  for (const Metric& metric : kMetrics) {
    std::vector<double> values;
    for (const CaseResult& one : summary.cases) {
      values.push_back(mean_over_classes(one, metric.value));
    }
    summary.over_classes.push_back(statistic_of(values));
  }
  return summary;
}

}  // namespace medcl
