// SPDX-License-Identifier: Apache-2.0
#pragma once

// The text headers of NRRD and MetaImage, checked before any other code sees the file: ITK 5.2
// reads truncated files as success, follows data-file names to any path and hangs on negative
// ranks.
//
// Source: teem NRRD0001-0005 format description; MetaIO documentation.

#include <cstdint>
#include <span>
#include <string>

#include "medcl/format/nifti.h"
#include "medcl/image/geometry.h"

namespace medcl {

enum class ForeignFormat { kNrrd, kMeta };

struct ForeignHeader {
  ForeignFormat format = ForeignFormat::kNrrd;
  Size3 size{1, 1, 1};
  bool names_orientation = true;  ///< false: NRRD without a space that has anatomical directions
  bool names_spacing = true;      ///< false: no field with the size of a voxel
  bool names_thickness = true;    ///< false: a 2-D image
  const char* spacing_field = "ElementSpacing";  ///< the field that says, or would say it
  double unit_mm = 1;  ///< length of the unit of positions and spacing, for which ITK does not ask
};

/// `bytes` is the whole file. Accepts one scalar 2-D or 3-D image with its data in the same file,
/// raw or gzip/zlib compressed, whose length is exactly what the header says.
/// @throws Error(kIo) naming the field; Error(kOutOfResources) beyond `limits`.
ForeignHeader check_foreign_header(std::span<const std::uint8_t> bytes, ForeignFormat format,
                                   const std::string& name, const NiftiLimits& limits = {});

}  // namespace medcl
