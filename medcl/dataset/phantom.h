// SPDX-License-Identifier: Apache-2.0
#pragma once

// A seeded synthetic short-axis LGE heart: the data of the demo, of tests and of benchmarks.

#include <cstdint>
#include <filesystem>
#include <functional>

#include "medcl/core/options.h"
#include "medcl/dataset/dataset.h"
#include "medcl/dataset/scribble.h"
#include "medcl/image/volume.h"

namespace medcl {

struct PhantomOptions {
  std::int64_t size = 128;  ///< pixels per side
  std::int64_t slices = 8;
  double spacing_mm = 2.0;  ///< in-plane; jittered per case
  double slice_distance_mm = 8.0;
  double noise = 0.08;  ///< sigma of the Rician noise over the brightness of the pool
  double bias = 0.35;   ///< strength of the bias field
  double scar_probability = 0.7;
  std::int64_t clutter = 6;  ///< bright structures around the heart
  std::int64_t seed = 1;
  void describe(OptionTable table);
};

struct PhantomCase {
  Image image;
  Labels dense;  ///< 0 background, 1 RV, 2 MYO, 3 LV
};

/// Case `index` of the phantom with these options; independent of all other cases.
PhantomCase make_phantom(const PhantomOptions& options, std::uint32_t index);

struct PhantomDatasetOptions {
  PhantomOptions phantom;
  /// Few strokes, in every other slice: with many, any method learns these hearts.
  ScribbleOptions scribble{.coverage = 0.1, .slice_share = 0.5};
  std::int64_t scribbled = 5;    ///< training cases with scribbles
  std::int64_t unlabelled = 20;  ///< training cases without scribbles (slice categories are kept)
  std::int64_t validation = 2;   ///< dense
  std::int64_t test = 5;         ///< dense, imagesTs/labelsTs
  void describe(OptionTable table);
};

/// What write_phantom_dataset would write, as read_dataset would give it but for what only files
/// say: nothing is written, and the files that are named are not there.
Dataset planned_phantom_dataset(const std::filesystem::path& root,
                                const PhantomDatasetOptions& options);

/// Writes a native dataset into a staged folder (core/staged_folder.h): complete or absent.
/// Scribbles of unlabelled cases are not written; the classes present in each of their slices go to
/// categories.json (see dataset/categories.h).
Dataset write_phantom_dataset(const std::filesystem::path& root,
                              const PhantomDatasetOptions& options,
                              const std::function<void(std::int64_t, std::int64_t)>& progress = {});

}  // namespace medcl
