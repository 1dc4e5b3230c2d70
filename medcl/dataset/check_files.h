// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parts of inspect_case: the images of a case, its labels, and how a file becomes findings.

#include <exception>
#include <filesystem>
#include <optional>

#include "medcl/dataset/check_case.h"
#include "medcl/image/volume_io.h"

namespace medcl {

/// Looks at the images of a case; returns its grid, if any image can be read.
std::optional<Geometry> inspect_images(const Case& one, const Dataset& dataset, CaseFacts& facts);

/// Looks at the labels of a case; one.labels must be set. Without facts.grid nothing is said about
/// geometry.
void inspect_labels(const Case& one, const Dataset& dataset, CaseFacts& facts);

void add_finding(Findings& findings, Severity severity, const char* id, const Problem& problem,
                 bool fixable = false);
void add_read_error(Findings& findings, const std::exception& error,
                    const std::filesystem::path& path, const char* id);

/// What is wrong with the orientation of a file, under ids of its own; empty for a file that is not
/// NIfTI or is broken.
Findings orientation_errors(const std::filesystem::path& path);
/// The options that read voxels in spite of these problems of orientation.
ReadOptions tolerant(const Findings& orientation);

}  // namespace medcl
