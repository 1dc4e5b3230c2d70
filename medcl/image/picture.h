// SPDX-License-Identifier: Apache-2.0
#pragma once

// PNG, TIFF and JPEG as volumes: a picture is one slice, the pages of a TIFF are the slices of a
// stack, and colours are three channels. The first pixel is the upper left one; x runs to the
// right of the picture and y downwards, which in the world are left and back, as in a slice of
// DICOM without a position.
//
// Source of the file with the spacing: nnU-Net v2, Tiff3DIO ("<case>.json": {"spacing": [z, y,
// x]}).

#include <filesystem>
#include <string>
#include <vector>

#include "medcl/image/picture_header.h"
#include "medcl/image/volume_io.h"

namespace medcl {

/// The id of the finding about a picture that does not say the size of a pixel.
inline constexpr const char* kNoPhysicalSize = "no-physical-size";

/// True for names of pictures that are read (.png, .tif, .tiff, .jpg, .jpeg, in any case).
bool is_picture_path(const std::filesystem::path& path);
/// split_image_name for these names too.
NameParts split_readable_name(const std::filesystem::path& path);

/// The channels of a picture: 1, or 3 where it has colours; transparency is left out (finding
/// "alpha-dropped"). The size of a pixel is what the JSON file beside it says, else that of
/// `options`; a picture without either has pixels of 1 x 1 x 1 and the warning "no-physical-size".
/// A picture to be shown turned has the warning "turned-picture", and is read as it is stored.
/// @throws Error(kIo), Error(kOutOfResources) as check_picture_header; Error(kInvalidData) for a
///         file of spacing that holds none.
std::vector<Loaded<float>> read_picture(const std::filesystem::path& path, PictureFormat format,
                                        const ReadOptions& options);
/// The JSON file beside a picture that says the size of its pixels, "case.json"; it need not exist.
std::filesystem::path picture_spacing_file(const std::filesystem::path& path);
/// Writes that file. Atomic. @throws Error(kIo)
void write_picture_spacing(const std::filesystem::path& path, const Point3& spacing_mm);
/// Refuses pictures that cannot hold labels: compressed with losses. @throws Error(kInvalidData)
void require_exact_picture(const std::filesystem::path& path, const ReadOptions& options);

/// The pixels of a mask in a few colours as one value each, 65536 red + 256 green + blue: palettes
/// and masks of painting programs. @throws Error(kInvalidData) for more than 64 colours, as an
/// overlay has that shows the image through, or values that are no bytes.
std::vector<float> colours_as_values(const std::vector<Loaded<float>>& channels);
/// "#ff8000" of 16744448.
std::string colour_name(std::int32_t value);

/// One channel in place of several with equal voxels, such as those of a grey picture that was
/// stored in colours. True when there is one channel now.
bool merge_equal_channels(std::vector<Loaded<float>>& channels);

}  // namespace medcl
