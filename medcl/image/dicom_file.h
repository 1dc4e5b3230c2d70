// SPDX-License-Identifier: Apache-2.0
#pragma once

// Is a DICOM file complete? GDCM reads truncated files as success, so the structure is walked
// first.
//
// Source: DICOM PS3.5 (data elements, encapsulation; CP-246: elements of unknown type), PS3.10
// (file format).

#include <cstdint>
#include <span>
#include <string>

namespace medcl {

/// True for "DICM" behind a preamble of 128 bytes.
bool looks_like_dicom(std::span<const std::uint8_t> bytes);

/// True for the elements of a DICOM data set without that preamble, as some scanners and archives
/// store them: a guess by the first tag. Such files are not read.
bool looks_like_bare_dicom(std::span<const std::uint8_t> bytes);
/// Refuses such a file. @throws Error(kIo) that says what it is and what to do.
[[noreturn]] void refuse_bare_dicom(const std::string& name);

/// Walks the elements of a whole file up to its pixel data. True when it holds an image whose pixel
/// data are complete; false when it holds none (reports, structure sets).
/// @throws Error(kIo) an element that runs past the end of the file, fewer pixels than the rows,
///         columns and frames make, nesting deeper than 32, deflated files.
bool check_dicom_file(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace medcl
