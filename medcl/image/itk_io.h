// SPDX-License-Identifier: Apache-2.0
#pragma once

// The only user of ITK, whose readers crash on hostile files: itk_bridge.h calls it in a child
// process. Empty without ITK (-DMEDCL_ITK=OFF).

#include "medcl/image/itk_bridge.h"

namespace medcl::itk_io {

Image read(const std::filesystem::path& path, const ForeignHeader& header);
/// All values of a picture, as stored pixel by pixel.
std::vector<float> picture(const std::filesystem::path& path, const PictureHeader& header);
/// Writes a volume; not atomic.
void write(const std::filesystem::path& path, ForeignFormat format, const Geometry& geometry,
           std::span<const float> voxels, NiftiType type);
std::optional<DicomSlice> dicom_header(const std::filesystem::path& path);
std::vector<float> dicom_pixels(const DicomSlice& slice);

}  // namespace medcl::itk_io
