// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace medcl {

/// What to do about an image whose file does not say the size of a voxel. Only the verbs named here
/// take it as an option.
inline constexpr const char* kSpacingRemedy =
    "correct the header (ITK-SNAP, 3D Slicer), or import or predict with --spacing X,Y,Z (in mm)";

}  // namespace medcl
