// SPDX-License-Identifier: Apache-2.0
#pragma once

// Simulated scribbles: what a person would draw on a dense mask.
//
// Source: Valvano et al. 2021 and WSL4MIS (skeleton-like strokes), ScribbleBench (MICCAI 2025:
// interior curves, partial boundaries, background). Own construction, see docs/explanation.

#include <cstdint>
#include <span>
#include <vector>

#include "medcl/core/options.h"
#include "medcl/core/random.h"
#include "medcl/dataset/label_map.h"
#include "medcl/image/resample.h"

namespace medcl {

struct ScribbleOptions {
  double coverage = 0.25;          ///< share of a structure's pixels that strokes may cover
  std::int64_t width_pixels = 2;   ///< stroke width
  double background_gap_mm = 6.0;  ///< distance of the background band from the foreground
  double background_arc = 0.6;     ///< share of the band that is drawn, 0..1
  double slice_share = 1.0;        ///< share of slices that get scribbles (budget)
  std::int64_t max_strokes = 0;    ///< per class and slice; 0 = as many as coverage needs
  std::int64_t seed = 0;
  void describe(OptionTable& table);
};

/// One slice: class index per pixel in (0 background, 1..m) -> scribbles (kNotAnnotated elsewhere).
/// Every stroke pixel carries the class of the dense mask below it. A class present in the mask
/// gets at least one pixel. Deterministic in (options.seed, case_key, slice).
std::vector<std::uint8_t> simulate_scribbles(std::span<const std::uint8_t> dense,
                                             const PlaneSize& size, double spacing_mm,
                                             std::int64_t class_count,
                                             const ScribbleOptions& options, std::uint32_t case_key,
                                             std::uint32_t slice);

}  // namespace medcl
