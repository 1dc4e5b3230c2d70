// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/look.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/core/names.h"
#include "medcl/dataset/intake/judged_together.h"
#include "medcl/dataset/intake/read_source.h"
#include "medcl/dataset/intake/snap_names.h"
#include "medcl/image/nrrd_segments.h"
#include "medcl/image/picture.h"

namespace medcl {
namespace {

using LabelNames = std::map<std::int32_t, std::string>;

/// Names that two files give one value must agree.
void enter_names(LabelNames& names, const LabelNames& more, const std::string& where) {
  for (const auto& [value, name] : more) {
    const auto known = names.emplace(value, name).first;
    if (known->second == name) continue;
    fail(ErrorCode::kInvalidData,
         {"a label value has two names", where, std::to_string(value) + " " + known->second, name,
          "say what it is: --map " + std::to_string(value) + "=NAME"});
  }
}

/// The names that come with the files, without those of values that the user maps.
LabelNames names_of(const IntakePlan& plan, const std::vector<std::string>& pairs) {
  LabelNames names;
  for (const Source& one : plan.list.sources) {
    LabelNames found;
    if (one.role == SourceRole::kNames) found = snap_label_names(one.path);
    if (one.role == SourceRole::kLabels) found = nrrd_segment_names(one.path);
    std::erase_if(found, [&](const auto& entry) {
      return std::any_of(pairs.begin(), pairs.end(), [&](const std::string& pair) {
        return pair.starts_with(std::to_string(entry.first) + "=");
      });
    });
    enter_names(names, found, one.path.string());
  }
  return names;
}

/// Whether a value other than 0 means background.
bool draws_background(const LabelNames& names, const std::vector<std::string>& pairs) {
  return std::any_of(names.begin(), names.end(),
                     [](const auto& one) {
                       return one.first != 0 && folded_name(one.second) == "background";
                     }) ||
         std::any_of(pairs.begin(), pairs.end(), [](const std::string& pair) {
           const std::string name = pair.substr(std::min(pair.find('=') + 1, pair.size()));
           return !pair.starts_with("0=") && folded_name(name) == "background";
         });
}

bool maps_zero(const std::vector<std::string>& pairs) {
  return std::any_of(pairs.begin(), pairs.end(),
                     [](const std::string& pair) { return pair.starts_with("0="); });
}

SeenLabels seen(const Labels& labels, const Image& image, const IntakeOptions& options,
                bool background) {
  SeenLabels result;
  for (const std::int32_t value : labels.voxels) ++result.voxels[value];
  result.zero = meaning_of_zero(labels, image, background);
  if (maps_zero(options.map)) {
    result.zero.zero = Zero::kBackground;
    result.zero.why = "0 as --map says";
  } else if (options.zero) {
    result.zero.zero = *options.zero;
    result.zero.why = "0 as --zero says";
  }
  return result;
}

void require_values(const std::map<std::int32_t, std::int64_t>& voxels) {
  if (voxels.size() > 1 || (voxels.size() == 1 && voxels.begin()->first != 0)) return;
  fail(ErrorCode::kInvalidData, {"the label files hold nothing but 0", "--labels",
                                 "values of structures", "0", "are these the right files?"});
}

/// Of a mask in colours every value but 0 is a colour.
void name_colours(const std::map<std::int32_t, std::int64_t>& voxels, LabelNames& names) {
  if (!are_colours(voxels)) return;
  for (const auto& [value, count] : voxels) {
    if (value > 0) names.emplace(value, colour_name(value));
  }
}

bool needs_a_look(const PlannedCase& one, const IntakePlan& plan, std::size_t index) {
  return index == 0 || one.labels || plan.list.sources[one.images.front()].is_picture();
}

}  // namespace

LookedAt look_at(ImportJob& job, const IntakePlan& plan, const IntakeOptions& options,
                 const IntakeProgress& progress) {
  LookedAt result;
  LabelNames names = names_of(plan, options.map);
  const bool background = draws_background(names, options.map);
  std::map<std::int32_t, std::int64_t> voxels;
  const auto total = static_cast<std::int64_t>(plan.cases.size());
  for (std::size_t n = 0; n < plan.cases.size(); ++n) {
    const PlannedCase& one = plan.cases[n];
    if (progress) progress("looking", static_cast<std::int64_t>(n) + 1, total, one.id);
    if (!needs_a_look(one, plan, n)) continue;
    std::vector<Loaded<float>> channels = read_planned_images(job, plan, one);
    if (one.labels) {
      const Source& source = plan.list.sources[*one.labels];
      const Labels labels = read_planned_labels(job, source, channels.front());
      result.labels[one.id] = seen(labels, channels.front().volume, options, background);
      if (source.is_picture()) name_colours(result.labels[one.id].voxels, names);
      for (const auto& [value, count] : result.labels[one.id].voxels) voxels[value] += count;
    }
    const bool picture = plan.list.sources[one.images.front()].is_picture();
    if (picture && one.images.size() == 1) merge_equal_channels(channels);
    result.channels = std::max(result.channels, channels.size());
  }
  job.report.findings.clear();  // said again when the files are written
  if (!options.zero && !maps_zero(options.map)) judge_together(result.labels);
  require_values(voxels);
  result.meaning = meaning_of_values(voxels, names, options.map);
  return result;
}

}  // namespace medcl
