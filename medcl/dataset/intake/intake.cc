// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/intake.h"

#include <algorithm>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/staged_folder.h"
#include "medcl/dataset/dicom_names.h"
#include "medcl/dataset/import_job.h"
#include "medcl/dataset/intake/doubts.h"
#include "medcl/dataset/intake/look.h"
#include "medcl/dataset/intake/write_cases.h"
#include "medcl/image/dicom_study.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

void require_sound(const IntakePlan& plan) {
  if (!plan.findings.empty()) fail(ErrorCode::kUsage, plan.findings.front().problem);
}

bool holds_pictures_only(const IntakePlan& plan) {
  return std::all_of(plan.list.sources.begin(), plan.list.sources.end(), [](const Source& one) {
    return one.role != SourceRole::kImage || one.is_picture();
  });
}

/// The names of the plan, and numbers or colours where files have several channels.
std::vector<std::string> channel_names(const IntakePlan& plan, std::size_t count) {
  if (count == plan.channel_names.size()) return plan.channel_names;
  if (count == 3 && holds_pictures_only(plan)) return {"red", "green", "blue"};
  std::vector<std::string> names;
  for (std::size_t c = 0; c < count; ++c) names.push_back("channel " + std::to_string(c));
  return names;
}

void describe(ImportJob& job, const IntakePlan& plan, const IntakeOptions& options,
              const LookedAt& looked) {
  Dataset& dataset = job.dataset;
  dataset.labels = looked.meaning.labels;
  dataset.channel_names = channel_names(plan, looked.channels);
  dataset.description["description"] = "made by medcl new";
  if (holds_pictures_only(plan)) dataset.orientation = "array";
  if (!options.in_pixels) return;
  dataset.description["unit"] = "pixel";
  job.add_finding(Severity::kWarning, "in-pixels",
                  {"no size of a pixel is known: what is called mm are pixels", "dataset.json", "",
                   "\"unit\": \"pixel\"", ""});
}

void write_dicom_table(const ImportJob& job, const IntakePlan& plan) {
  std::vector<DicomRecord> records;
  for (std::size_t n = 0; n < plan.list.sources.size(); ++n) {
    const Source& one = plan.list.sources[n];
    if (!one.series || one.role != SourceRole::kImage) continue;
    const std::string& place = plan.places[n];
    records.push_back(
        {place.substr(0, place.find(": ")), *one.series, dicom_study_uid(*one.series)});
  }
  if (records.empty()) return;
  write_atomically(job.dataset.root / "dicom.tsv", std::string_view(dicom_table(records)));
}

/// An ignore value that no file uses would say that scribbles are to be expected.
void drop_unused_ignore(LookedAt& looked) {
  const bool used = std::any_of(looked.labels.begin(), looked.labels.end(),
                                [](const auto& one) { return one.second.is_open; });
  if (!used) looked.meaning.labels.ignore_value.reset();
}

ImportJob job_for(const IntakePlan& plan, const IntakeOptions& options) {
  ImportJob job{plan.list.root, {}, {}, {}, {}};
  job.options.spacing_mm = options.spacing_mm;
  job.options.assume = options.assume;
  return job;
}

}  // namespace

std::map<std::int32_t, std::int64_t> voxels_by_value(
    const std::map<std::string, SeenLabels>& labels) {
  std::map<std::int32_t, std::int64_t> voxels;
  for (const auto& [id, seen] : labels) {
    for (const auto& [value, count] : seen.voxels) voxels[value] += count;
  }
  return voxels;
}

bool are_colours(const std::map<std::int32_t, std::int64_t>& voxels) {
  constexpr std::int32_t kMostGrey = 0xffff, kMostColour = 0xffffff;
  if (voxels.empty()) return false;
  const std::int32_t most = voxels.rbegin()->first;
  return most > kMostGrey && most <= kMostColour;
}

IntakeReport look_at_files(const IntakePlan& plan, const IntakeOptions& options,
                           const IntakeProgress& progress) {
  require_sound(plan);
  ImportJob job = job_for(plan, options);
  LookedAt looked = look_at(job, plan, options, progress);
  Findings findings = plan.list.findings;
  const Findings doubts = label_doubts(looked, plan, options);
  findings.insert(findings.end(), doubts.begin(), doubts.end());
  return {{}, looked.meaning, std::move(looked.labels), std::move(findings)};
}

IntakeReport make_dataset(const IntakePlan& plan, const IntakeOptions& options,
                          const fs::path& target, const IntakeProgress& progress) {
  require_sound(plan);
  StagedFolder staged(target);
  ImportJob job = job_for(plan, options);
  job.dataset.root = staged.path();
  job.dataset.name = fs::absolute(target).lexically_normal().filename().string();
  LookedAt looked = look_at(job, plan, options, progress);
  const Findings doubts = label_doubts(looked, plan, options);
  write_cases(job, plan, options, looked, progress);
  drop_unused_ignore(looked);
  describe(job, plan, options, looked);
  write_dataset_json(job.dataset);
  write_atomically(job.dataset.root / "sources.tsv", std::string_view(sources_table(plan)));
  write_dicom_table(job, plan);
  staged.publish();
  job.dataset.root = target;
  Findings findings = plan.list.findings;
  findings.insert(findings.end(), doubts.begin(), doubts.end());
  findings.insert(findings.end(), job.report.findings.begin(), job.report.findings.end());
  return {std::move(job.dataset), looked.meaning, std::move(looked.labels), std::move(findings)};
}

}  // namespace medcl
