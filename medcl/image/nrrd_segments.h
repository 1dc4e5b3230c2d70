// SPDX-License-Identifier: Apache-2.0
#pragma once

// The names of the segments in a .seg.nrrd file.
//
// Source: 3D Slicer, segmentation file format ("Segment0_Name:=LV", "Segment0_LabelValue:=1").

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace medcl {

/// Label value -> name of the segment, of the file's header; empty for every other file.
/// @throws Error(kIo) unreadable; Error(kInvalidData) segments in several layers, in which one
/// value
///         has two names.
std::map<std::int32_t, std::string> nrrd_segment_names(const std::filesystem::path& path);

}  // namespace medcl
