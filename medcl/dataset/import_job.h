// SPDX-License-Identifier: Apache-2.0
#pragma once

// What all importers share: the dataset under construction, and how files get into it.

#include <functional>
#include <regex>
#include <string>
#include <vector>

#include "medcl/dataset/import.h"
#include "medcl/image/volume_io.h"

namespace medcl {

struct ImportJob {
  std::filesystem::path source;
  ImportOptions options;
  ImportProgress progress;
  Dataset dataset;  ///< root is the folder to write into
  ImportReport report;

  void add_finding(Severity severity, const std::string& id, const Problem& problem);
};

/// Each importer fills job.dataset (all but root) and writes the files of its cases.
void import_mscmr(ImportJob& job);
void import_myops(ImportJob& job);
void import_acdc(ImportJob& job);
void import_acdc_hdf5(ImportJob& job);
void import_msd(ImportJob& job);
void import_nnunet1(ImportJob& job);
void import_dicom(ImportJob& job);

struct SourceCase {
  std::string id;
  std::string group;  ///< "train", "val" or "test"
  std::vector<std::filesystem::path> images;
  std::optional<std::filesystem::path> labels;

  [[nodiscard]] bool is_test() const { return group == "test"; }
};

/// Regular files of a folder whose names do not start with '.', sorted; empty when absent.
/// @throws Error(kIo) a folder that cannot be listed, a link that leads nowhere.
std::vector<std::filesystem::path> visible_files(const std::filesystem::path& folder);

/// Enters the cases into dataset.cases, test_cases and one split (train, val), sorted by id.
void enter_cases(ImportJob& job, const std::vector<SourceCase>& cases);

/// Copies a file: the same bytes under another name (compressed when the name says so and the
/// source is not).
void copy_file_as(const std::filesystem::path& from, const std::filesystem::path& to);

/// The channels of an image of the source, with the voxel size that was given where its header says
/// 0. An orientation that contradicts itself is left to medcl check, except in such a header.
/// @throws as read_channels: what cannot be read afterwards is not imported.
std::vector<Loaded<float>> read_source_channels(const ImportJob& job,
                                                const std::filesystem::path& path);

/// Carries over the file that `image` was read from: the same bytes, and with a voxel size that was
/// given a new file.
void carry_image(const Loaded<float>& image, const std::filesystem::path& from,
                 const std::filesystem::path& to);

/// The labels of a file of the source: values as stored, on the grid of the image: where the header
/// puts them, in the axis order of the image; by voxel index when the header contradicts the image.
/// Both, and rounding, become findings.
/// @throws Error(kInvalidData) other size than the image, values that are not integers.
Labels read_source_labels(ImportJob& job, const std::filesystem::path& path,
                          const Loaded<float>& image);

/// Replaces every value by `new_from_old`. @throws Error(kInvalidData) for other values.
void remap_labels(Labels& labels, const std::map<std::int32_t, std::int32_t>& new_from_old,
                  const std::string& where);

/// Writes the labels of a case on the header of its image and counts its voxels.
/// @throws Error(kInvalidData) values outside dataset.labels.
void import_labels(ImportJob& job, const Labels& labels, const SourceCase& one,
                   const SourceHeader& like);

void report_progress(const ImportJob& job, std::size_t done, std::size_t total,
                     const std::string& id);

/// The DICOM series of a folder that were asked for. @throws Error(kInvalidData) for a stack whose
/// slices have a series each, unless they are to be joined or one is named.
std::vector<DicomSeries> wanted_series(const std::filesystem::path& source,
                                       const ImportOptions& options, const DicomFolder& found);

/// Makes labels of the dataset of those of a case of the source, whose first channel is `image`.
using AdaptLabels = std::function<void(Labels& labels, const SourceCase& one, const Image& image)>;

/// Imports the layout train, val, TestSet (or test), each with images and labels: files, cases and
/// one split. Group 1 of `image_pattern` is the case id, group 2 (if any) one of `channel_marks`,
/// which are in the order of dataset.channel_names. The label file of a case is "<id>" or
/// "<id>_..." in the labels folder. Images are read before they are copied, so that nothing broken
/// gets in.
/// @throws Error(kInvalidData) no case at all, a missing channel, two label files for a case, a
///         case in two groups; as read_image and read_source_labels.
void import_split_layout(ImportJob& job, const std::regex& image_pattern,
                         const std::vector<std::string>& channel_marks,
                         const AdaptLabels& adapt = {});

}  // namespace medcl
