// SPDX-License-Identifier: Apache-2.0
#pragma once

// NIfTI voxels piece by piece, for volumes that must not lie in memory twice.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>

#include "medcl/format/nifti.h"

namespace medcl {

/// A function that is given the header and the next voxels in order, scl_slope and scl_inter
/// applied.
using NiftiVoxelSink = std::function<void(const NiftiHeader&, std::span<const float>)>;
/// A function that fills the span with the voxels from number `first` on.
using NiftiVoxelSource = std::function<void(std::uint64_t first, std::span<float>)>;

/// As read_nifti: pieces of a compressed file are handed on while it is inflated, so that a sink
/// may have seen voxels when a damage is found. An uncompressed file lies in memory as a whole.
/// `spacing_is_known`: a voxel size that is no plausible one is accepted, as 0.
NiftiHeader read_nifti_pieces(const std::filesystem::path& path, const NiftiLimits& limits,
                              const NiftiVoxelSink& sink, bool spacing_is_known = false);

/// As write_nifti in nifti.h, with voxels that are made piece by piece; neither they nor the file
/// lie in memory as a whole.
void write_nifti(const std::filesystem::path& path, const NiftiHeader& like,
                 const NiftiVoxelSource& voxels, NiftiType type);

}  // namespace medcl
