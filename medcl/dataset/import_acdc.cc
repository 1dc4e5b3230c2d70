// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/input_file.h"
#include "medcl/dataset/import_job.h"

// ACDC (Bernard et al. 2018) with the scribbles of Valvano et al.: the NIfTI layout of ModelMix, or
// the HDF5 files of WSL4MIS.

namespace medcl {

void import_acdc(ImportJob& job) {
  Dataset& dataset = job.dataset;
  dataset.name = "ACDC";
  dataset.channel_names = {"cine"};
  dataset.labels = {{{"background", 0}, {"RV", 1}, {"MYO", 2}, {"LV", 3}}, 4};
  dataset.complete_scribbles = true;
  if (!is_folder(job.source / "train")) {
    import_acdc_hdf5(job);
    return;
  }
  const std::regex pattern(R"((patient\d+_frame\d+)\.nii(?:\.gz)?)");
  import_split_layout(job, pattern, {"cine"});
  job.report.self_check = "no published counts to compare with";
}

}  // namespace medcl
