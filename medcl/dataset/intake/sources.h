// SPDX-License-Identifier: Apache-2.0
#pragma once

// The loose files that a dataset is to be made of.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "medcl/core/finding.h"
#include "medcl/dataset/import.h"
#include "medcl/dataset/intake/name_words.h"
#include "medcl/image/volume_io.h"

namespace medcl {

enum class SourceRole { kImage, kLabels, kNames, kLeftOut };

/// An image or a label file; also a DICOM series, or pictures that are the slices of one scan.
struct Source {
  std::filesystem::path path;                 ///< of the first file
  std::vector<std::filesystem::path> slices;  ///< pictures of one scan, in order; else empty
  std::optional<DicomSeries> series;
  std::string shown;  ///< the name for a person: the path below the folder that holds them all
  std::vector<std::string> words;      ///< of case and channel, see name_words
  std::vector<std::string> own_words;  ///< those of the name without its folders
  SourceRole role = SourceRole::kImage;
  std::string why;  ///< the reason for the role, in words

  [[nodiscard]] bool is_picture() const;
};

struct SourceOptions {
  std::vector<std::string> images, labels;  ///< files, folders or patterns with '*' of that role
  std::string only;    ///< images whose name or series description has this in it; "" = all
  bool stack = false;  ///< pictures of one folder are the slices of one scan
  std::string series;  ///< as ReadOptions
  bool merge_series = false;
};

struct SourceList {
  std::filesystem::path root;  ///< the folder that holds all files
  std::vector<Source> sources;
  Findings findings;
};

/// Finds the files: those given, and all below given folders. Hidden names and __MACOSX are passed
/// over. Files and folders that `options` names belong to them. Roles are those of `options`, else
/// by what a file holds (.seg.nrrd, lists of labels of ITK-SNAP), by its name, by its folder, or
/// images.
/// @throws Error(kIo) an input that is not there or cannot be listed; Error(kUsage) a role for no
///         file; Error(kInvalidData) a folder that is a dataset already, DICOM slices that have a
///         series each.
SourceList find_sources(const std::vector<std::filesystem::path>& inputs,
                        const SourceOptions& options);

}  // namespace medcl
