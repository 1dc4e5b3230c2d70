// SPDX-License-Identifier: Apache-2.0
#pragma once

// nnU-Net's self-configuration: from a fingerprint of the data to spacing, patch, batch and shape
// of the network, as published and with the residual encoders that followed.
//
// Source: Isensee et al., nnU-Net, Nature Methods 2021; Isensee et al., nnU-Net revisited, MICCAI
// 2024; numbers as in nnU-Net 2.8.1 (default_experiment_planner.py, residual_unets). The plan is a
// pure function of its arguments. configuration_of takes axes as they come: a configuration of
// volumes is that of three of them.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "medcl/dataset/nnunet/fingerprint.h"
#include "medcl/dataset/nnunet/topology.h"

namespace medcl::nnunet {

/// The most features of a stage.
inline constexpr std::int64_t kMostFeaturesOfSlices = 512, kMostFeaturesOfVolumes = 320;

/// What a planner of nnU-Net holds of its network and of the memory that it plans for, which it
/// counts in feature values of one sample.
struct Planner {
  std::string name;                            ///< of the command line: "default", "resenc-m" ...
  std::string class_name;                      ///< in nnU-Net
  std::string plans_name;                      ///< of the file that it writes
  bool residual = false;                       ///< encoder of residual blocks
  double slice_values = 0, volume_values = 0;  ///< that fit, of the sample
  std::int64_t slice_batch = 12, volume_batch = 2;  ///< for which they were measured
  bool values_of_batch = false;                     ///< they are of a batch of two
  double most_of_dataset = 1;                       ///< that a batch shows
  std::vector<std::int64_t> encoder_blocks;         ///< of the stages; the last repeats
  std::int64_t decoder_blocks = 1;
};

/// In the order in which help shows them: default, resenc-m, resenc-l, resenc-xl.
const std::vector<Planner>& planners();
/// @throws Error(kUsage) naming the planners that there are.
const Planner& planner_named(const std::string& name);

/// What dataset.json says that a plan depends on.
struct PlannedDataset {
  std::string name;  ///< of its folder: Dataset001_Heart
  std::vector<std::string> channel_names;
  std::int64_t label_entries = 2;      ///< of `labels`: background and ignore are two of them
  std::int64_t cases = 1;              ///< numTraining
  std::string reader = "SimpleITKIO";  ///< nnU-Net's class that reads its files
};
PlannedDataset planned_dataset(const Dataset& dataset);

/// Lists run over the axes, slowest first, or over the stages, finest first.
struct Configuration {
  std::vector<double> spacing_mm;
  std::vector<double> median_size;  ///< of the cases once they have this spacing, in voxels
  PerAxis patch;
  std::int64_t batch = 2;
  Topology topology;
  std::vector<std::int64_t> features, encoder_blocks, decoder_blocks;
  bool batch_dice = true;  ///< Dice over the batch instead of over each sample
};

struct Plan {
  Planner planner;
  PlannedDataset dataset;
  std::vector<double> median_spacing_mm;    ///< of the files, axes in the order of `transpose`
  std::vector<std::int64_t> median_shape;   ///< likewise, cropped
  PerAxis transpose;                        ///< the file's axes: the coarsest first
  std::vector<std::string> normalisations;  ///< of each channel: nnU-Net's classes
  std::vector<bool> use_mask;               ///< for its statistics
  std::vector<Intensities> intensities;     ///< of each channel, of the fingerprint
  Configuration slices;                     ///< "2d"
};

/// `fingerprint` holds at least one case.
Plan plan_of(const Fingerprint& fingerprint, const PlannedDataset& dataset, const Planner& planner);

/// The configuration for samples of this spacing, taken from cases of this median size.
/// `dataset_voxels`: of all cases together.
Configuration configuration_of(const std::vector<double>& spacing_mm,
                               const std::vector<double>& median_size, double dataset_voxels,
                               std::int64_t label_entries, const Planner& planner);

/// Spacing that the cases are resampled to, and their median size then, axes as in the files.
struct TargetGrid {
  std::array<double, 3> spacing_mm{}, median_size{};
};
/// The median spacing; along an axis that is far coarser and shorter than the others the tenth
/// percentile.
TargetGrid target_grid(const Fingerprint& fingerprint);

}  // namespace medcl::nnunet
