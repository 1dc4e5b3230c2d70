// SPDX-License-Identifier: Apache-2.0
#pragma once

// Intensity augmentation of normalised images. Not part of the paper; off by default.

#include <span>

#include "medcl/core/options.h"
#include "medcl/core/random.h"
#include "medcl/mixing/intensity_changes.h"

namespace medcl {

struct AugmentOptions {
  double brightness = 0;  ///< added offset, uniform in +-this (units of the normalised image)
  double contrast = 0;    ///< factor exp(u), u uniform in +-this
  double noise = 0;       ///< standard deviation of added noise, uniform in [0, this]
  /// Of further changes, after these. Described by who draws them, which a strong view does not.
  ChangeChances chance;
  void describe(OptionTable table);
};

/// Changes a slice or a patch in place: contrast, then brightness, then noise, each drawn once for
/// all of it. What happens by chance is not among them.
void augment_intensity(std::span<float> image, const AugmentOptions& options, RandomStream& random);

}  // namespace medcl
