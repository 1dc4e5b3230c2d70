// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where a DICOM slice lies, from the tags of its image plane. Nothing is put in the place of a tag
// that is missing, empty or wrong.
//
// Source: DICOM PS3.3, C.7.6.2 (image plane), PS3.5, 6.2 (decimal strings).

#include <optional>
#include <string>
#include <vector>

#include "medcl/image/itk_bridge.h"
#include "medcl/image/volume_io.h"

namespace medcl {

/// The `count` numbers of a text such as "0.8\0.8"; nullopt for another count, a decimal comma,
/// NaN, or anything else that is no decimal number.
std::optional<std::vector<double>> dicom_numbers(const std::string& text, std::size_t count);

/// Fills position, directions and spacing from `slice.tags`; NaN where they do not say.
void place_by_tags(DicomSlice& slice);

/// Puts what the user gave where the tags do not say: `options.spacing_mm`; with `assume`
/// "spacing" also axes along the world's. A slice that is `alone` is asked for its thickness, and
/// may lie anywhere; others keep a position that is NaN.
/// @throws Error(kIo) naming the tag that is missing or wrong, and what to do.
void complete_plane(DicomSlice& slice, const ReadOptions& options, bool alone);

/// Places a stack of which no slice says its position: with `assume` "spacing" and
/// `options.spacing_mm` in the order of InstanceNumber, the third of the lengths from one to the
/// next, whatever the step of the numbers and whatever the files say about thickness. Other stacks
/// stay as they are.
/// @throws Error(kIo) without both options, where only some slices say their position, and where
///         the numbers are missing, all equal or without a common step.
void place_by_number(std::vector<DicomSlice>& slices, const ReadOptions& options);

/// The step in which the positions of a slice were written: 0.1 for "-12.5\3.4\7".
double position_step_mm(const DicomSlice& slice);

}  // namespace medcl
