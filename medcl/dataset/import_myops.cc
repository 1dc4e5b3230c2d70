// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/dataset/import_job.h"

// MyoPS 2020 (three registered sequences) with the scribbles of ModelMix (Zhang et al., 2024).
// Scribble files: 0 = not annotated, 3000 = background. Dense files: 0 = background, 600 = RV.

namespace medcl {
namespace {

constexpr std::int32_t kScribbledBackground = 3000;
constexpr std::int32_t kRightVentricle = 600;
constexpr std::int32_t kIgnore = 5;

bool contains(const Labels& labels, std::int32_t value) {
  return std::find(labels.voxels.begin(), labels.voxels.end(), value) != labels.voxels.end();
}

/// In a scribble 0 means "not annotated", in a dense mask "background": a file that shows neither
/// kind's own value, or both, is refused.
bool is_scribble(const Labels& labels, const std::string& where) {
  const bool scribble = contains(labels, kScribbledBackground);
  const bool dense = contains(labels, kRightVentricle);
  if (scribble == dense) {
    fail(ErrorCode::kInvalidData, {"cannot tell whether 0 means background or not annotated", where,
                                   "3000 (scribbled background) or 600 (RV of a dense mask)",
                                   scribble ? "both" : "neither", "relabel the file"});
  }
  return scribble;
}

void remap(Labels& labels, const SourceCase& one, const Image& /*image*/) {
  const std::string where = one.labels->string();
  if (is_scribble(labels, where)) {
    remap_labels(labels, {{0, kIgnore}, {3000, 0}, {200, 1}, {500, 2}, {1220, 3}, {2221, 4}},
                 where);
  } else {
    remap_labels(labels, {{0, 0}, {600, 0}, {200, 1}, {500, 2}, {1220, 3}, {2221, 4}}, where);
  }
}

}  // namespace

void import_myops(ImportJob& job) {
  Dataset& dataset = job.dataset;
  dataset.name = "MyoPS2020";
  dataset.channel_names = {"C0", "LGE", "T2"};
  dataset.labels = {{{"background", 0}, {"MYO", 1}, {"LV", 2}, {"edema", 3}, {"scar", 4}}, kIgnore};
  dataset.orientation = "array";  // of the same patients and views as MSCMRseg
  dataset.complete_scribbles = true;
  const std::regex pattern(R"((.+)_(C0|LGE|T2)\.nii(?:\.gz)?)");
  import_split_layout(job, pattern, dataset.channel_names, remap);
  job.report.self_check = "no published counts to compare with";
}

}  // namespace medcl
