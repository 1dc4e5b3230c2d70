// SPDX-License-Identifier: Apache-2.0
#pragma once

// Prepared cases: in one order of axes, normalised, resampled in-plane, one safetensors file per
// case, memory-mapped.
//
// Tensors of a file: "image" F32 [D, C, H, W]; "labels" U8 [D, H, W] (class index or kNotAnnotated;
// absent for unlabelled cases); "categories" U8 [D, m + 1] (0, 1; 255 = unknown). The metadata
// entry "key" is a SHA-256 over options and sources: a file whose key differs is stale and made
// anew; "kept" says how much of the labels the resampling left (kept_classes.h), "habit" what their
// values seem to mean (label_habit.h).

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "medcl/core/options.h"
#include "medcl/dataset/dataset.h"
#include "medcl/dataset/kept_classes.h"
#include "medcl/dataset/label_habit.h"
#include "medcl/format/safetensors.h"
#include "medcl/image/axis_order.h"
#include "medcl/image/resample.h"

namespace medcl {

/// What intensities become: mean 0 and standard deviation 1 in each slice or in the volume, the
/// range 0 to 1, or, for intensities that have a unit, a window of them that is the same for all
/// scans: -sqrt(3) to sqrt(3), which evenly spread have standard deviation 1.
enum class Normalisation { kSliceZscore, kVolumeZscore, kUnitRange, kWindow };
inline const Choices<Normalisation>& choices(Normalisation) {
  static const Choices<Normalisation> kAll{{"slice-zscore", Normalisation::kSliceZscore},
                                           {"volume-zscore", Normalisation::kVolumeZscore},
                                           {"unit-range", Normalisation::kUnitRange},
                                           {"window", Normalisation::kWindow}};
  return kAll;
}

/// How a volume becomes network input. Kept in the model so that prediction does the same.
struct PrepareOptions {
  /// In which order of axes the network sees a volume, see orientation.h. Settled ("array" or axis
  /// codes) in models and in CaseStore::options; "auto" and "anatomical" need a dataset.
  std::string orientation = "auto";
  double spacing_mm = 0;  ///< in-plane; 0 = as acquired
  Normalisation normalisation = Normalisation::kSliceZscore;
  double clip_percentile = 99.5;  ///< upper clip before normalising; 100 = none; not for a window
  double window_low = -160, window_high = 240;  ///< what kWindow keeps; the rest is clipped
  /// Unannotated pixels farther than this from every stroke of a class are taken for background
  /// (dataset/reach.h); 0 = nobody knows what they are.
  double reach_mm = 0;
  std::string assume;  ///< which matrix to trust, see ReadOptions (image/volume_io.h)
  void describe(OptionTable table);
};

/// One slice as the network sees it.
struct PreparedPlane {
  PlaneSize size;
  std::vector<float> pixels;
};

/// Normalises and resizes slice k of one channel (used by training and by prediction alike).
PreparedPlane prepare_plane(const Image& image, std::int64_t k, const PrepareOptions& options,
                            const std::vector<float>& volume_statistics);
/// What prepare_plane needs to know of a whole channel: mean, standard deviation (both after
/// clipping), clip value and minimum.
std::vector<float> volume_statistics(const Image& image, const PrepareOptions& options);
/// The order that brings a volume as it is stored into that of the options: none for "array", and
/// for options that are not settled.
AxisOrder prepared_order(const Geometry& stored, const PrepareOptions& options);
/// The size of a slice in pixels after resampling.
PlaneSize prepared_size(const Geometry& geometry, const PrepareOptions& options);

struct StoredCase {
  std::string id;
  std::int64_t slices = 0, channels = 0;
  PlaneSize plane;
  KeptClasses kept;     ///< empty for an unlabelled case
  HabitEvidence habit;  ///< of a labelled case
  SafetensorsFile file;

  /// One channel of a slice, row-major.
  [[nodiscard]] std::span<const float> image(std::int64_t slice, std::int64_t channel) const;
  /// A slice of class indices and kNotAnnotated, row-major; empty for an unlabelled case.
  [[nodiscard]] std::span<const std::uint8_t> labels(std::int64_t slice) const;
  /// What is known of the m + 1 classes of a slice: 0 absent, 1 present, 255 unknown.
  [[nodiscard]] std::span<const std::uint8_t> categories(std::int64_t slice) const;
};

class CaseStore {
 public:
  /// Prepares what is missing or stale (keyed by SHA-256 of the source files and of the options).
  /// Slices are those of the settled orientation; category labels that categories.json gives to
  /// slices of the file that are no slices then are left out, with a warning in the log. Several
  /// processes may build in one folder at once, with different options too: they take turns.
  /// @throws Error as settled_orientation, read_image, to_class_indices; Error(kInvalidData) for
  ///         categories that leave out a class which the labels show.
  static CaseStore build(const Dataset& dataset, const PrepareOptions& options,
                         const std::filesystem::path& folder,
                         const std::function<void(std::int64_t, std::int64_t)>& progress = {});

  [[nodiscard]] const std::vector<StoredCase>& cases() const { return cases_; }
  /// The options given to build, with a settled orientation.
  [[nodiscard]] const PrepareOptions& options() const { return options_; }
  /// The case with this id. @throws Error(kInvalidData) when there is none.
  [[nodiscard]] const StoredCase& at(const std::string& id) const;
  /// How much of its labels the resampling left, for each labelled case.
  [[nodiscard]] std::map<std::string, KeptClasses> kept_classes() const;
  /// What its label values seem to mean, for each labelled case.
  [[nodiscard]] std::map<std::string, HabitEvidence> habits() const;

 private:
  PrepareOptions options_;
  std::vector<StoredCase> cases_;
};

}  // namespace medcl
