// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/nnunet/planner.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "medcl/core/entries.h"
#include "medcl/core/error.h"
#include "medcl/core/percentile.h"
#include "medcl/dataset/nnunet/footprint.h"

namespace medcl::nnunet {
namespace {

constexpr double kFarCoarser = 3, kFinePercentile = 10, kJustCoarser_mm = 1e-5;
constexpr double kSliceSide = 2048,
                 kVolumeSide = 256;  // of the area or volume that a plan begins with
constexpr std::int64_t kFirstFeatures = 32, kLeastBatch = 2;
constexpr double kCroppedMuch = 0.75;  // below, statistics are those of what is not 0

/// Half to even.
double rounded(double value) { return std::nearbyint(value); }

template <typename T>
std::vector<double> along(const std::vector<std::array<T, 3>>& cases, std::size_t axis) {
  std::vector<double> values;
  for (const auto& one : cases) values.push_back(static_cast<double>(one[axis]));
  return values;
}

template <typename T>
double median_along(const std::vector<std::array<T, 3>>& cases, std::size_t axis) {
  return percentile(along(cases, axis), 50);
}

std::size_t coarsest_axis(const std::array<double, 3>& spacing_mm) {
  return static_cast<std::size_t>(std::ranges::max_element(spacing_mm) - spacing_mm.begin());
}

std::array<double, 3> target_spacing(const Fingerprint& fingerprint) {
  std::array<double, 3> target{}, size{};
  for (std::size_t a = 0; a < 3; ++a) {
    target[a] = median_along(fingerprint.spacings_mm, a);
    size[a] = median_along(fingerprint.shapes, a);
  }
  const std::size_t coarsest = coarsest_axis(target);
  const std::size_t b = (coarsest + 1) % 3, c = (coarsest + 2) % 3;
  const double next = std::max(target[b], target[c]);
  if (target[coarsest] > kFarCoarser * next &&
      kFarCoarser * size[coarsest] < std::min(size[b], size[c])) {
    const double fine = percentile(along(fingerprint.spacings_mm, coarsest), kFinePercentile);
    target[coarsest] = fine < next ? next + kJustCoarser_mm : fine;
  }
  return target;
}

/// The sample that a plan begins with: a cube in space of what is surely too many voxels.
std::vector<double> first_patch(const std::vector<double>& spacing_mm,
                                const std::vector<double>& median_size) {
  const auto axes = static_cast<double>(spacing_mm.size());
  const double side = spacing_mm.size() == 2 ? kSliceSide : kVolumeSide;
  double volume_mm = 1;
  for (const double one : spacing_mm) volume_mm *= 1 / one;
  const double scale = std::pow(std::pow(side, axes) / volume_mm, 1 / axes);
  std::vector<double> patch(spacing_mm.size());
  for (std::size_t a = 0; a < patch.size(); ++a) {
    patch[a] = std::clamp(rounded(1 / spacing_mm[a] * scale), 1.0, std::max(1.0, median_size[a]));
  }
  return patch;
}

std::vector<double> as_numbers(const PerAxis& patch) { return {patch.begin(), patch.end()}; }

/// The last of the axes along which the patch holds the largest share of the cases.
std::size_t largest_share(const PerAxis& patch, const std::vector<double>& median_size) {
  std::size_t found = 0;
  const auto share = [&](std::size_t a) { return static_cast<double>(patch[a]) / median_size[a]; };
  for (std::size_t a = 1; a < patch.size(); ++a) {
    if (share(a) >= share(found)) found = a;
  }
  return found;
}

/// Patch and network while a plan is made.
class Shaping {
 public:
  Shaping(const std::vector<double>& spacing_mm, const std::vector<double>& median_size,
          std::int64_t label_entries, const Planner& planner)
      : spacing_mm_(spacing_mm),
        median_size_(median_size),
        label_entries_(label_entries),
        planner_(planner) {
    shape_for(first_patch(spacing_mm, median_size));
  }

  void fit_into(double values) {
    while (sample_values() > values && make_smaller()) {
    }
  }

  [[nodiscard]] double sample_values() const {
    return feature_values(shape_, label_entries_, planner_.residual);
  }
  [[nodiscard]] const Configuration& shape() const { return shape_; }

 private:
  void shape_for(const std::vector<double>& patch) {
    shape_.topology = topology_of(spacing_mm_, patch);
    shape_.patch = rounded_up(patch, shape_.topology.multiple());
    const std::size_t stages = shape_.topology.strides.size();
    shape_.features =
        doubling_features(stages, kFirstFeatures,
                          spacing_mm_.size() == 2 ? kMostFeaturesOfSlices : kMostFeaturesOfVolumes);
    shape_.encoder_blocks = planner_.encoder_blocks;
    shape_.encoder_blocks.resize(stages, planner_.encoder_blocks.back());
    shape_.decoder_blocks.assign(stages - 1, planner_.decoder_blocks);
  }

  /// By what the smaller patch must be a multiple of, which may be less than of the larger one.
  /// False where nothing would be left.
  bool make_smaller() {
    const std::size_t axis = largest_share(shape_.patch, median_size_);
    PerAxis smaller = shape_.patch;
    smaller[axis] -= shape_.topology.multiple()[axis];
    if (smaller[axis] <= 0) return false;
    const PerAxis multiple = topology_of(spacing_mm_, as_numbers(smaller)).multiple();
    smaller[axis] = shape_.patch[axis] - multiple[axis];
    shape_for(as_numbers(smaller));
    return true;
  }

  const std::vector<double>&spacing_mm_, &median_size_;
  std::int64_t label_entries_;
  const Planner& planner_;
  Configuration shape_;
};

std::string folded(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
  });
  return name;
}

/// nnU-Net's class for a channel of this name.
std::string normalisation_of(const std::string& channel) {
  static const std::vector<std::pair<std::string, std::string>> kByName{
      {"ct", "CTNormalization"},
      {"nonorm", "NoNormalization"},
      {"rescale_to_0_1", "RescaleTo01Normalization"},
      {"rgb_to_0_1", "RGBTo01Normalization"}};
  for (const auto& [name, scheme] : kByName) {
    if (folded(channel) == name) return scheme;
  }
  return "ZScoreNormalization";
}

/// nnU-Net's class that reads files of this ending.
std::string reader_of(const std::string& ending) {
  if (ending == ".png" || ending == ".bmp" || ending == ".tif") return "NaturalImage2DIO";
  if (ending == ".tiff") return "Tiff3DIO";
  return ending == ".nii" ? "NibabelIO" : "SimpleITKIO";
}

}  // namespace

const std::vector<Planner>& planners() {
  const auto residual = [](const std::string& size, double slice, double volume) {
    return Planner{.name = "resenc-" + folded(size),
                   .class_name = "nnUNetPlannerResEnc" + size,
                   .plans_name = "nnUNetResEncUNet" + size + "Plans",
                   .residual = true,
                   .slice_values = slice,
                   .volume_values = volume,
                   .encoder_blocks = {1, 3, 4, 6}};
  };
  static const std::vector<Planner> kAll{{.name = "default",
                                          .class_name = "ExperimentPlanner",
                                          .plans_name = "nnUNetPlans",
                                          .slice_values = 85e6,
                                          .volume_values = 560e6,
                                          .values_of_batch = true,
                                          .most_of_dataset = 0.05,
                                          .encoder_blocks = {2},
                                          .decoder_blocks = 2},
                                         residual("M", 135e6, 680e6),
                                         residual("L", 380e6, 2.1e9),
                                         residual("XL", 560e6, 3.6e9)};
  return kAll;
}

const Planner& planner_named(const std::string& name) {
  return entry_of(planners(), name, "planner");
}

PlannedDataset planned_dataset(const Dataset& dataset) {
  const std::string folder = std::filesystem::weakly_canonical(dataset.root).filename().string();
  const auto labelled =
      std::ranges::count_if(dataset.cases, [](const Case& one) { return one.labels.has_value(); });
  const auto reader = dataset.description.find("overwrite_image_reader_writer");
  const bool says_reader = reader != dataset.description.end() && reader->is_string();
  return {.name = folder.empty() ? dataset.name : folder,
          .channel_names = dataset.channel_names,
          .label_entries = dataset.labels.class_count() + (dataset.labels.ignore_value ? 1 : 0),
          .cases = labelled,
          .reader = says_reader ? reader->get<std::string>() : reader_of(dataset.file_ending)};
}

TargetGrid target_grid(const Fingerprint& fingerprint) {
  TargetGrid grid{.spacing_mm = target_spacing(fingerprint)};
  for (std::size_t a = 0; a < 3; ++a) {
    std::vector<double> sizes;
    for (std::size_t n = 0; n < fingerprint.shapes.size(); ++n) {
      sizes.push_back(rounded(fingerprint.spacings_mm[n][a] / grid.spacing_mm[a] *
                              static_cast<double>(fingerprint.shapes[n][a])));
    }
    grid.median_size[a] = percentile(sizes, 50);
  }
  return grid;
}

Configuration configuration_of(const std::vector<double>& spacing_mm,
                               const std::vector<double>& median_size, double dataset_voxels,
                               std::int64_t label_entries, const Planner& planner) {
  const bool slices = spacing_mm.size() == 2;
  const double values = slices ? planner.slice_values : planner.volume_values;
  const auto batch = static_cast<double>(slices ? planner.slice_batch : planner.volume_batch);
  Shaping shaping(spacing_mm, median_size, label_entries, planner);
  shaping.fit_into(planner.values_of_batch ? values * batch / 2 : values);
  Configuration found = shaping.shape();
  found.spacing_mm = spacing_mm;
  found.median_size = median_size;
  double patch_voxels = 1;
  for (const std::int64_t side : found.patch) patch_voxels *= static_cast<double>(side);
  const double most = rounded(dataset_voxels * planner.most_of_dataset / patch_voxels);
  const double fits = rounded(values / shaping.sample_values() * batch);
  found.batch = std::max(kLeastBatch, static_cast<std::int64_t>(std::min(fits, most)));
  return found;
}

Plan plan_of(const Fingerprint& fingerprint, const PlannedDataset& dataset,
             const Planner& planner) {
  const TargetGrid grid = target_grid(fingerprint);
  const std::size_t coarsest = coarsest_axis(grid.spacing_mm);
  Plan plan{.planner = planner, .dataset = dataset, .intensities = fingerprint.channels};
  plan.transpose = {static_cast<std::int64_t>(coarsest)};
  for (std::int64_t a = 0; a < 3; ++a) {
    if (a != plan.transpose.front()) plan.transpose.push_back(a);
  }
  std::vector<double> spacing_mm, size;
  auto dataset_voxels = static_cast<double>(dataset.cases);
  for (const std::int64_t axis : plan.transpose) {
    const auto a = static_cast<std::size_t>(axis);
    plan.median_spacing_mm.push_back(median_along(fingerprint.spacings_mm, a));
    plan.median_shape.push_back(
        static_cast<std::int64_t>(rounded(median_along(fingerprint.shapes, a))));
    spacing_mm.push_back(grid.spacing_mm[a]);
    size.push_back(grid.median_size[a]);
    dataset_voxels *= grid.median_size[a];
  }
  for (const std::string& channel : dataset.channel_names) {
    plan.normalisations.push_back(normalisation_of(channel));
    plan.use_mask.push_back(plan.normalisations.back() == "ZScoreNormalization" &&
                            fingerprint.kept_share < kCroppedMuch);
  }
  plan.slices =
      configuration_of({spacing_mm.begin() + 1, spacing_mm.end()}, {size.begin() + 1, size.end()},
                       dataset_voxels, dataset.label_entries, planner);
  return plan;
}

}  // namespace medcl::nnunet
