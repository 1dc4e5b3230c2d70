// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which slices make up which batch: a pure function of (seed, step).
//
// Source: MedCL, Sec. 2.1: scribbled slices are repeated in every epoch, the other training slices
// come once.

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/core/options.h"

namespace medcl {

/// A sample to draw.
struct SliceRef {
  std::int64_t case_index = 0;  ///< in the case store
  std::int64_t slice = 0;       ///< the sample, or the slice that a patch is centred on
  bool scribbled = false;       ///< some slice of it has annotation, which is used
  bool operator==(const SliceRef&) const = default;
};

struct SamplerOptions {
  std::int64_t batch = 64;
  std::int64_t repeat = 40;  ///< how often a scribbled slice comes in an epoch
  void describe(OptionTable table);
};

class SliceSampler {
 public:
  /// Takes the slices of the training cases. @throws Error(kInvalidData) when no slice is
  /// scribbled.
  SliceSampler(std::vector<SliceRef> slices, const SamplerOptions& options, std::uint64_t seed);

  /// The number of batches of an epoch, at least 1: a last, incomplete batch is dropped or, where
  /// it is the only one, filled up by starting over.
  [[nodiscard]] std::int64_t steps_per_epoch() const;
  /// The slices of a step, steps counted from 0 over all epochs.
  [[nodiscard]] std::vector<SliceRef> batch_at(std::int64_t step) const;

 private:
  std::vector<SliceRef> epoch_;  ///< with repetitions, unshuffled
  std::int64_t batch_;
  std::uint64_t seed_;
};

}  // namespace medcl
