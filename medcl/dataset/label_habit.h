// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a person meant by the values of a label file. In a scribble file of this program 0 is
// background that somebody drew; in most drawing programs it is what nobody drew.
//
// Own construction. A file is taken for strokes on undrawn zeros when what is drawn is as thin as a
// pen, longer than wide, covers little, and has no border in the image: the pixels just outside a
// stroke are the same tissue, those just outside a dense mask, of a vessel too, are not. Masks of
// neighbouring structures touch along their borders; strokes of two classes meet at a few pixels at
// most (share of the drawn sides: below .01 for strokes of MSCMRseg and MyoPS, above .4 for masks
// of hearts). Outlines lie on borders of the image: closed lines of one or two pixels with 0 inside
// are likely such.

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "medcl/image/volume.h"

namespace medcl {

enum class LabelHabit {
  kDense,          ///< every voxel has a class
  kScribbles,      ///< some voxels are not annotated
  kZeroIsUndrawn,  ///< strokes, and 0 wherever nobody drew
  kIgnoreSwapped,  ///< the same, and background strokes carry the ignore value
  kOutlines,       ///< closed lines around 0, likely the borders of structures; not sure
};

struct HabitEvidence {
  LabelHabit habit = LabelHabit::kScribbles;
  double zero_share = 0, ignored_share = 0;  ///< of the voxels
  double pen_pixels = 0;                     ///< width of what is drawn, its median; 0: not
                                             ///< measured, for too little is 0
  double border = 0;                         ///< how much it stands out of its surroundings, in
                                             ///< standard deviations; the median
};

/// What the values of one label file seem to mean. `class_indices` on the grid of `image`; 0 or
/// kNotAnnotated may mean "nobody drew here". `ignore_declared`: dataset.json has an ignore value,
/// so that strokes are to be expected. Linear in the voxels; nothing beyond a count for files in
/// which less than four fifths are 0.
HabitEvidence habit_of(std::span<const std::uint8_t> class_indices, const Image& image,
                       bool ignore_declared);

/// The evidence as text, all but `border`, to be kept beside prepared labels.
std::string to_text(const HabitEvidence& evidence);
/// The inverse of to_text; nullopt for a text that it has not made.
std::optional<HabitEvidence> habit_from_text(const std::string& text);

/// The evidence in words: "0 in 97.2 % of the voxels, strokes about 3 pixels wide".
std::string describe(const HabitEvidence& evidence);

}  // namespace medcl
