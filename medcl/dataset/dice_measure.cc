// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/dice_measure.h"

#include <algorithm>

#include "medcl/dataset/label_map.h"
#include "medcl/dataset/stroke_planes.h"

namespace medcl {

void DiceMeasure::add(std::span<const std::uint8_t> class_indices, const Size3& size) {
  voxels_ += std::ssize(class_indices);
  open_ += std::ranges::count(class_indices, kNotAnnotated);
  whole_slices_ = whole_slices_ && has_whole_planes_only(class_indices, size);
}

std::string DiceMeasure::name() const {
  if (open_ > 0 && whole_slices_) return kSliceDice;
  return 2 * open_ > voxels_ ? kStrokeDice : kDice;
}

std::string measure_note(const std::string& measure) {
  if (measure == kStrokeDice) {
    return "they have strokes only: \"stroke Dice\" is agreement with what somebody drew, no Dice "
           "of whole structures";
  }
  if (measure == kSliceDice) {
    return "they are drawn in some slices only: \"Dice of drawn slices\" is over these";
  }
  return "";
}

}  // namespace medcl
