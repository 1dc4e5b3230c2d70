// SPDX-License-Identifier: Apache-2.0
#pragma once

// Images that come through ITK, with what a header does not say asked for and never made up.

#include "medcl/image/foreign_header.h"
#include "medcl/image/volume_io.h"

namespace medcl {

/// Reads an NRRD or MetaImage file. Lengths in another unit become mm.
/// @throws Error(kIo) unreadable; Error(kInvalidData) without spacing or orientation, or with axes
///         that are not at right angles, unless `options` says what to take.
Loaded<float> read_foreign(const std::filesystem::path& path, ForeignFormat format,
                           const ReadOptions& options);

/// Reads the one series of a folder, or the one that `options` names.
/// @throws Error(kIo) naming the series and how to choose; as read_dicom_series.
Loaded<float> read_dicom_folder(const std::filesystem::path& folder, const ReadOptions& options);

}  // namespace medcl
