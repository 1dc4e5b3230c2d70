// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which study a DICOM series belongs to.

#include <string>

#include "medcl/image/volume_io.h"

namespace medcl {

/// StudyInstanceUID of the first file of the series; empty when the file has none or cannot be
/// read.
std::string dicom_study_uid(const DicomSeries& series);

}  // namespace medcl
