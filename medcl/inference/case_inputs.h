// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which files make up which case when a user names files and folders.

#include <filesystem>
#include <string>
#include <vector>

#include "medcl/image/volume_io.h"

namespace medcl {

struct CaseInput {
  std::string id;
  /// The files in the order of the channels: image files or DICOM folders; one 4-D file may hold
  /// all channels.
  std::vector<std::filesystem::path> files;
  std::string ending;     ///< of the label file that belongs to it: ".nii.gz", ".nrrd" or ".mha"
  bool in_order = false;  ///< which file is which channel follows from the order of the user alone
};

/// The cases that the named files and folders hold, sorted by id. `channel_names` are the model's.
/// - a folder with image files: "<case>_0000.nii.gz", "<case>_0001.nii.gz" ... are the channels of
///   a case; a number that is none of the model's channels belongs to the name, unless a file with
///   channel 0 of the same name is there too;
/// - a folder without image files: a DICOM series, or one series in each of its sub-folders;
/// - files: as in a folder; but when their number is that of the channels, several, and no name
///   says a channel, they are the channels of one case in their order.
/// @throws Error(kIo) for a path that does not exist, cannot be listed or holds no image;
///         Error(kUsage) for two cases of one name, and for a file that is given twice;
///         Error(kModelMismatch) naming the files and the model's channels when a case has fewer
///         channels or more.
std::vector<CaseInput> find_case_inputs(const std::vector<std::filesystem::path>& inputs,
                                        const std::vector<std::string>& channel_names);

/// Reads all channels of a case, in the axis order of the first where nothing else differs. @throws
/// as read_channels; Error(kModelMismatch) when their number is not `channels`.
std::vector<Loaded<float>> load_case_input(const CaseInput& input, std::int64_t channels,
                                           const ReadOptions& options);

}  // namespace medcl
