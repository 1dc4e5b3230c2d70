// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the images of a training set look like before they are normalised, and how their axes are
// stored, so that prediction can say when an image is unlike all that the network has seen.
//
// Source: the idea of schemas and statistics of TensorFlow Data Validation; three standard
// deviations, a factor of 1.5 and a fifth of the voxels are this project's choice.

#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "medcl/dataset/case_store.h"
#include "medcl/format/json.h"
#include "medcl/image/volume_io.h"

namespace medcl {

/// Shares of the voxels that a window of intensities clips (Normalisation::kWindow).
struct ClippedShares {
  double below = 0, above = 0;
};

/// What one case looks like. Intensities are those of the file (scl_slope applied, nothing else).
struct CaseLook {
  Point3 spacing_mm{};  ///< in the order of axes that the network sees
  struct Channel {
    double mean = 0, deviation = 0;             ///< over all voxels
    std::optional<ClippedShares> clipped = {};  ///< where intensities are seen through a window
  };
  std::vector<Channel> channels;
  std::string stored_order;  ///< axis codes of the file; empty when not known
  /// R, A or S: across which it was acquired; empty when not known, and for voxels alike in all
  /// directions.
  std::string slice_axis;

  [[nodiscard]] Json to_json() const;
  /// @throws Error(kIo) naming `where`.
  static CaseLook from_json(const Json& json, const std::string& where);
};

/// The look of a case. `channels` lie on one grid as their files store it, and hold finite voxels.
/// `options` are settled. Linear time.
CaseLook look_of(const std::vector<Loaded<float>>& channels, const PrepareOptions& options = {});
/// The look that was noted when the case was prepared. @throws Error(kIo)
CaseLook look_of(const StoredCase& prepared);

/// What all cases of a training set look like.
struct Fingerprint {
  std::int64_t cases = 0;
  std::array<double, 3> smallest_spacing_mm{}, largest_spacing_mm{};  ///< per axis
  std::set<std::string> stored_orders, slice_axes;  ///< all that occur; empty when not known
  struct Channel {
    double mean = 0;               ///< of the means of the cases
    double deviation_between = 0;  ///< of the means of the cases (ddof 1)
    double deviation_within = 0;   ///< mean of the deviations inside the cases
    /// The smallest and the largest of the cases; none where one of them does not know.
    std::optional<ClippedShares> least_clipped = {}, most_clipped = {};
  };
  std::vector<Channel> channels;

  [[nodiscard]] Json to_json() const;
  /// @throws Error(kIo) naming `where`.
  static Fingerprint from_json(const Json& json, const std::string& where);
};

/// The fingerprint of cases with these looks, which must have the same number of channels and hold
/// at least one case.
Fingerprint fingerprint_of(const std::vector<CaseLook>& looks);

/// What is unusual about a case: empty when it is like the training set, else one phrase that names
/// every difference: a spacing more than 1.5 times outside the range of the training set; slices of
/// another plane than all of the training set or, for a model that takes arrays as they are stored,
/// another order of axes; a mean more than three deviations away from the mean of the means; a
/// share of the voxels beyond an end of the window that is by more than a fifth of all voxels
/// outside the range of the training set; another number of channels. The deviation is the one
/// between the cases; below five cases, which do not tell it, the one inside them.
std::string unlike_training(const CaseLook& look, const Fingerprint& training,
                            const std::vector<std::string>& channel_names,
                            const PrepareOptions& options = {});

}  // namespace medcl
