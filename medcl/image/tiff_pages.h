// SPDX-License-Identifier: Apache-2.0
#pragma once

// The directories of a TIFF file, which Exif uses too. Private to picture_header.

#include <cstdint>
#include <span>
#include <string>

#include "medcl/image/picture_header.h"

namespace medcl {

bool looks_like_tiff(std::span<const std::uint8_t> start);

/// Walks all pages of a whole file. @throws Error(kIo) as check_picture_header.
PictureHeader check_tiff(std::span<const std::uint8_t> bytes, const std::string& name);

/// The tag Orientation of an Exif block; 1 where it has none or is broken.
int exif_orientation(std::span<const std::uint8_t> block);

}  // namespace medcl
