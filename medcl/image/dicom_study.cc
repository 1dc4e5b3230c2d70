// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/dicom_study.h"

#include "medcl/image/itk_bridge.h"

namespace medcl {

std::string dicom_study_uid(const DicomSeries& series) {
  if (series.files.empty() || !itk_is_built_in()) return "";
  const std::vector<DicomHeaderResult> headers = read_dicom_headers({series.files.front()});
  const auto* slice = std::get_if<std::optional<DicomSlice>>(&headers.front());
  return slice != nullptr && *slice ? (*slice)->study_uid : "";
}

}  // namespace medcl
