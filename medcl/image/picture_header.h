// SPDX-License-Identifier: Apache-2.0
#pragma once

// The headers of PNG, TIFF and JPEG files, checked before any library sees them: what they say
// about the size is bounded, and a file that ends early is refused instead of filled up with grey.
//
// Source: PNG specification (W3C, 2003), TIFF 6.0 (Adobe, 1992), ITU-T T.81 (JPEG), CIPA DC-008
// (Exif: the tag Orientation).

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "medcl/format/nifti.h"
#include "medcl/image/geometry.h"

namespace medcl {

enum class PictureFormat { kPng, kTiff, kJpeg };

struct PictureHeader {
  PictureFormat format = PictureFormat::kPng;
  Size3 size{1, 1, 1};        ///< columns, rows, pages
  std::int64_t channels = 1;  ///< as stored, alpha and the colours of a palette included
  int orientation = 1;        ///< tag Orientation; other than 1: to be shown turned or mirrored
  bool is_lossy = false;      ///< JPEG, alone or inside a TIFF: values near edges are made up
};

/// The format that the first bytes of a file name; none for other files.
std::optional<PictureFormat> picture_format_of(std::span<const std::uint8_t> start);

/// `bytes` is the whole file. @throws Error(kIo) naming the field: no size, pages of several sizes,
/// a file that is cut off, inks (CMYK) instead of colours; Error(kOutOfResources) beyond `limits`.
PictureHeader check_picture_header(std::span<const std::uint8_t> bytes, PictureFormat format,
                                   const std::string& name, const NiftiLimits& limits = {});

}  // namespace medcl
