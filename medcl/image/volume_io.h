// SPDX-License-Identifier: Apache-2.0
#pragma once

// One door for image files: NIfTI by our own strict reader; NRRD, MetaImage and DICOM series
// through ITK where it is built in. The kind of a file is decided by its content, not by its name.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "medcl/core/memory.h"
#include "medcl/image/volume.h"

namespace medcl {

/// What must be kept to write a result on the grid, and with the header, of the file it came from.
struct SourceHeader {
  std::filesystem::path path;
  std::optional<NiftiHeader> nifti;  ///< set for NIfTI sources
  /// The header says 0 for the size of a voxel, and `nifti` is another one, with the given size.
  bool spacing_was_given = false;
};

struct ReadOptions {
  /// Which matrix to trust when sform and qform contradict each other by more than 0.1 mm, or when
  /// the file names no orientation. "" = such a file is an error (ids "orientation-conflict",
  /// "no-orientation", "sheared").
  std::string assume;  ///< "", "sform", "qform", "spacing"
  /// Size of a voxel, for files that do not say it; one that says it is taken at its word. A file
  /// that does not, without this, is an error. NRRD and MetaImage with two dimensions say no
  /// thickness: without this it is 1 mm, with the finding "no-thickness".
  std::optional<Point3> spacing_mm;
  std::string series;  ///< of a DICOM folder: SeriesInstanceUID, or the end of one; "" = the only
  bool merge_series =
      false;  ///< of a DICOM folder: series whose slices share a plane are one stack
  NiftiLimits limits{.max_bytes = memory_for_a_volume()};
};

template <typename T>
struct Loaded {
  Grid<T> volume;
  SourceHeader source;
  Findings findings;  ///< things that are not errors but should be shown
};

/// Reads a 3-D image.
/// @throws Error(kIo) unreadable or broken; Error(kInvalidData) contradicting orientation, 4-D
/// data.
Loaded<float> read_image(const std::filesystem::path& path, const ReadOptions& options = {});
/// Reads every channel: a 4-D file gives several on one grid, a 3-D file one. @throws as
/// read_image.
std::vector<Loaded<float>> read_channels(const std::filesystem::path& path,
                                         const ReadOptions& options = {});
/// Where the voxels lie: of a NIfTI file only the header is read, of others everything.
/// @throws as read_image.
Geometry read_geometry(const std::filesystem::path& path, const ReadOptions& options = {});
/// Reads labels; those stored as floats are rounded (MyoPS stores 499.977).
/// @throws as read_image; Error(kInvalidData) for |v - round(v)| > `label_tolerance`.
Loaded<std::int32_t> read_labels(const std::filesystem::path& path, const ReadOptions& options = {},
                                 double label_tolerance = 0.05);

/// The geometry of a NIfTI header; problems are appended to `findings` (Severity::kError = must not
/// be used without `assume`).
Geometry geometry_of(const NiftiHeader& header, const std::string& name, const std::string& assume,
                     Findings& findings);

/// Whether two axes are not at right angles, by more than rounding (a cosine above 1e-4).
bool is_sheared(const Affine& world_from_index);

/// Writes labels on the grid of `like`: NIfTI sources keep their header; others get one from the
/// geometry. uint8 when all values fit, else uint16 or int32. The ending decides the format (.nii,
/// .nii.gz; .nrrd, .mha with ITK). Atomic. `labels.geometry.size` must equal the source's.
void write_labels(const std::filesystem::path& path, const Labels& labels,
                  const SourceHeader& like);
/// write_labels for an image, as float32.
void write_image(const std::filesystem::path& path, const Image& image, const SourceHeader& like);
/// The ending of a name that can be written, for programs that ask before they compute.
/// @throws Error(kUsage) when the ending is none of those above.
std::string writable_ending(const std::filesystem::path& path);
/// A source header for made-up volumes (NIfTI-1, sform and qform code 1, mm).
SourceHeader make_source_header(const Geometry& geometry);

/// The files of a folder and of those below it that belong to one DICOM series.
struct DicomSeries {
  std::string uid, description;
  std::vector<std::filesystem::path> files;
  std::string
      plane;  ///< folder, size, orientation and pixel spacing: equal for slices of one stack
};
/// Files that cannot be read are listed: they may belong to any series.
struct DicomFolder {
  std::vector<DicomSeries> series;
  std::vector<std::pair<std::filesystem::path, Error>> unreadable;
};
/// Looks for DICOM series in a folder and those below it.
/// @throws Error(kIo) without ITK, or when the folder cannot be listed.
DicomFolder scan_dicom_folder(const std::filesystem::path& folder);
/// The series of scan_dicom_folder alone. @throws as scan_dicom_folder, and when nothing in the
/// folder can be read
std::vector<DicomSeries> find_dicom_series(const std::filesystem::path& folder);
/// Series whose slices share a plane become one, with the first one's UID.
std::vector<DicomSeries> merge_dicom_series(const std::vector<DicomSeries>& series);
/// True where three or more series of one slice each share a plane: a stack whose slices have been
/// given a series each.
bool is_split_stack(const std::vector<DicomSeries>& series);
/// A finding for every file that cannot be read.
Findings unreadable_findings(const DicomFolder& folder);
/// Reads a series as one volume: its slices are sorted by position along the slice normal;
/// positions that were rounded when they were written are taken as even.
/// @throws Error(kIo) naming the tag that is missing or wrong, or mixed, missing or duplicate
///         slices, and what to do.
Loaded<float> read_dicom_series(const DicomSeries& series, const ReadOptions& options = {});

/// True for names this library can read as an image (.nii, .nii.gz, .nrrd, .mha, .dcm folder).
bool is_image_path(const std::filesystem::path& path);
/// The parts of a name: "heart" and ".nii.gz" for heart.nii.gz. The ending is in lower case, and
/// empty (the stem is the whole name) when it is not an image's.
struct NameParts {
  std::string stem, ending;
};
NameParts split_image_name(const std::filesystem::path& path);

}  // namespace medcl
