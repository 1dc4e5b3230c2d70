// SPDX-License-Identifier: Apache-2.0
#pragma once

// NRRD, MetaImage, pictures and DICOM slices through ITK, which runs in a child process
// (child_process.h): where it crashes, hangs or fills memory the file is named and this process
// lives on. Without ITK
// (-DMEDCL_ITK=OFF) every function but itk_is_built_in throws Error(kIo). Geometry comes back as
// RAS; ITK's own is LPS.

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/format/nifti.h"
#include "medcl/image/foreign_header.h"
#include "medcl/image/picture_header.h"
#include "medcl/image/volume.h"

namespace medcl {

bool itk_is_built_in();

/// Reads pixels and geometry of a file whose header check_foreign_header has accepted.
/// @throws Error(kIo)
Image read_with_itk(const std::filesystem::path& path, const ForeignHeader& header);

/// Reads the pixels of a picture whose header check_picture_header has accepted: columns, rows,
/// pages, all values of a pixel side by side. @throws Error(kIo)
std::vector<float> read_picture_with_itk(const std::filesystem::path& path,
                                         const PictureHeader& header);

/// Writes a volume, compressed, its data in the same file. Atomic. @throws Error(kIo)
void write_with_itk(const std::filesystem::path& path, ForeignFormat format,
                    const Geometry& geometry, std::span<const float> voxels, NiftiType type);

/// The texts of the tags that place a slice, as they stand in the file; empty where absent.
struct DicomPlaneTags {
  std::string pixel_spacing, position, orientation, thickness, slice_distance, number;
};

/// One DICOM file, without its pixels. Positions and directions are RAS; a number that the file
/// does not say, or says wrongly, is NaN (dicom_plane.h).
struct DicomSlice {
  std::filesystem::path path;
  std::string series_uid, description, study_uid;
  Size3 size{0, 0, 0};  ///< columns, rows, frames
  DicomPlaneTags tags;
  Point3 position_mm{};
  Point3 row_direction{}, column_direction{};  ///< along i and along j
  Point3 spacing_mm{};                         ///< [2] is what the file says about slice distance
  int components = 1;
};

/// What a header says; nullopt when the file is not DICOM or holds no image; an Error when it is
/// broken.
using DicomHeaderResult = std::variant<std::optional<DicomSlice>, Error>;

/// Reads the headers of DICOM files: one result for each path, in order.
std::vector<DicomHeaderResult> read_dicom_headers(const std::vector<std::filesystem::path>& paths);
/// Hands over the pixels of every slice in order, rescale slope and intercept applied.
/// @throws Error(kIo) at the first slice that cannot be read
void read_dicom_pixels(const std::vector<DicomSlice>& slices,
                       const std::function<void(const std::vector<float>&)>& take);

}  // namespace medcl
