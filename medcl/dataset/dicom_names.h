// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names for the cases that DICOM series become, and the record of which is which.
//
// Names are made of folders, not of tags: a name is seen by everybody who sees a file or a table,
// and PatientID or PatientName are what must not be. Where folders do not tell series apart, the
// description of the series does.

#include <filesystem>
#include <string>
#include <vector>

#include "medcl/image/volume_io.h"

namespace medcl {

/// `text` with letters, digits and '-' only, at most 48 of them; may be empty.
std::string safe_name(const std::string& text);

/// One name for each series, all different: of the folder of its files and as many folders above it
/// (below `source`) as it takes to be the only one of that name ("P1-DICOM", "P2-DICOM"); for
/// several series of one folder also their description; a number where that is not enough.
std::vector<std::string> dicom_case_names(const std::vector<DicomSeries>& series,
                                          const std::filesystem::path& source);

struct DicomRecord {
  std::string id;
  DicomSeries series;
  std::string study_uid = {};
};

/// The record as a table "case, study_instance_uid, series_instance_uid, series_description,
/// files, folder", tab-separated with a header line; tabs and line breaks in texts become spaces.
std::string dicom_table(const std::vector<DicomRecord>& records);

}  // namespace medcl
