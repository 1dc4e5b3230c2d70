// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a Dice was measured on. Voxels that nobody annotated are left out of it, so that a Dice over
// strokes says how many of them were met, not how well whole structures were.

#include <cstdint>
#include <span>
#include <string>

#include "medcl/image/geometry.h"

namespace medcl {

inline constexpr const char* kDice = "Dice";  ///< of dense masks
/// Of slices drawn as a whole, among others that nobody drew in.
inline constexpr const char* kSliceDice = "Dice of drawn slices";
inline constexpr const char* kStrokeDice = "stroke Dice";

/// Looks at references one by one.
class DiceMeasure {
 public:
  /// Class indices and kNotAnnotated of one case. Linear in the voxels.
  void add(std::span<const std::uint8_t> class_indices, const Size3& size);
  /// kStrokeDice where most voxels are open, and not by whole slices; kSliceDice where by whole
  /// slices; else kDice.
  [[nodiscard]] std::string name() const;

 private:
  std::int64_t voxels_ = 0, open_ = 0;
  bool whole_slices_ = true;
};

/// What a reader of such figures must know, as a half sentence; empty for kDice.
std::string measure_note(const std::string& measure);

}  // namespace medcl
