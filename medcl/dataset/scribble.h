// SPDX-License-Identifier: Apache-2.0
#pragma once

// Simulated scribbles: what a person would draw on a dense mask.
//
// Source: Valvano et al. 2021 and WSL4MIS (skeleton-like strokes), ScribbleBench (MICCAI 2025:
// interior curves, partial boundaries, background). Own construction, see docs/explanation.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "medcl/core/options.h"
#include "medcl/core/random.h"
#include "medcl/dataset/label_map.h"
#include "medcl/image/resample.h"
#include "medcl/image/volume.h"

namespace medcl {

struct ScribbleOptions {
  double coverage = 0.25;          ///< share of a structure's pixels that strokes may cover
  std::int64_t width_pixels = 2;   ///< stroke width
  double background_gap_mm = 6.0;  ///< distance of the background band from the foreground
  /// Where not 0, the band is nearer around small and thin structures: at most this share of the
  /// diameter of the largest disc inside the foreground of the slice, and a stroke's width at
  /// least.
  double background_gap_share = 0;
  double background_arc = 0.6;  ///< share of the band that is drawn, 0..1
  /// Around each of structures that lie apart, and between them, as a person draws; else arcs lie
  /// anywhere along the bands of all, and one structure may go without.
  bool background_each = false;
  double slice_share = 1.0;      ///< share of slices that get scribbles (budget)
  std::int64_t max_strokes = 0;  ///< per class and slice; 0 = as many as coverage needs
  std::int64_t seed = 0;
  void describe(OptionTable table);
};

/// Scribbles for one slice: class index per pixel in (0 background, 1..m) -> scribbles
/// (kNotAnnotated elsewhere). Every stroke pixel carries the class of the dense mask below it. A
/// class present in the mask gets at least one pixel in a slice that the slice budget chose; in the
/// other slices nothing is annotated. Background is drawn as a band around the foreground and,
/// unless max_strokes is 1, a second, wider one (background_each: and between structures that lie
/// apart); nothing far away. Pixels that are kNotAnnotated in `dense` stay so.
/// Deterministic in (options.seed, case_key, slice).
std::vector<std::uint8_t> simulate_scribbles(std::span<const std::uint8_t> dense,
                                             const PlaneSize& size, double spacing_mm,
                                             std::int64_t class_count,
                                             const ScribbleOptions& options, std::uint32_t case_key,
                                             std::uint32_t slice);

/// Scribbles for all slices of a dense label volume. Voxels without a stroke become
/// `map.ignore_value`, strokes keep the values of the file. `where` names the file in messages.
/// @throws Error(kInvalidData) values outside the map, a map without an ignore value.
Labels simulate_scribbles(const Labels& dense, const LabelMap& map, const ScribbleOptions& options,
                          std::uint32_t case_key, const std::string& where);

/// The label map of a file that has none: 0 background and the other values of the volume in
/// ascending order, named by their numbers; the ignore value is the highest + 1.
/// @throws Error(kInvalidData) negative values or more than 253 classes.
LabelMap label_map_of_values(const Labels& dense, const std::string& where);

/// What the values of one file of dense labels mean, and which one says "nobody drew here".
struct ScribbleLabels {
  LabelMap map;         ///< with an ignore value
  std::string assumed;  ///< a sentence for the user where the ignore value was guessed; else empty
};

/// The labels of the dataset that `file` belongs to, when dataset.json lies beside its folder;
/// else the values of the volume, `ignore`, or the highest value + 1, which is a guess: a file in
/// which the highest class is missing would get another.
/// @throws Error(kUsage) when `ignore` is a class of the file or not what the dataset says;
///         Error(kInvalidData) as label_map_of_values; Error(kIo) for a broken dataset.json.
ScribbleLabels labels_for_scribbles(const Labels& dense, const std::filesystem::path& file,
                                    std::optional<std::int32_t> ignore);

/// `map` with the highest value + 1 as its ignore value where it has none.
LabelMap with_ignore(LabelMap map);

/// The key of a case for its random strokes: the same for the same name, whatever other cases there
/// are.
std::uint32_t case_key_of(std::string_view id);

}  // namespace medcl
