// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/dataset/dicom_names.h"
#include "medcl/dataset/import_job.h"
#include "medcl/image/dicom_study.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

bool import_series(ImportJob& job, const DicomSeries& series, const std::string& id) {
  try {
    const ImportOptions& options = job.options;
    const Loaded<float> loaded =
        read_dicom_series(series, {.assume = options.assume, .spacing_mm = options.spacing_mm});
    job.report.findings.insert(job.report.findings.end(), loaded.findings.begin(),
                               loaded.findings.end());
    const fs::path path = image_path(job.dataset, id, 0);
    FileSystem::get().create_folders(path.parent_path());
    write_image(path, loaded.volume, make_source_header(loaded.volume.geometry));
    return true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kOutOfResources) throw;
    job.add_finding(
        Severity::kWarning, "series-skipped",
        {"series left out", series.files.front().parent_path().string(), "", error.what(), ""});
    return false;
  }
}

}  // namespace

std::vector<DicomSeries> wanted_series(const fs::path& source, const ImportOptions& options,
                                       const DicomFolder& found) {
  std::vector<DicomSeries> series =
      options.merge_series ? merge_dicom_series(found.series) : found.series;
  if (!options.merge_series && options.series.empty() && is_split_stack(series)) {
    fail(
        ErrorCode::kInvalidData,
        {"slices that make one stack have a SeriesInstanceUID each", source.string(),
         "one series for each stack", std::to_string(series.size()) + " series",
         "join slices of one folder and plane with --merge-series, or take one with --series UID"});
  }
  std::erase_if(series, [&](const DicomSeries& one) { return !one.uid.ends_with(options.series); });
  return series;
}

void import_dicom(ImportJob& job) {
  Dataset& dataset = job.dataset;
  dataset.name = safe_name(fs::absolute(job.source).lexically_normal().filename().string());
  dataset.channel_names = {"image"};
  dataset.labels = {{{"background", 0}, {"structure", 1}}, 2};
  const DicomFolder found = scan_dicom_folder(job.source);
  for (Finding& one : unreadable_findings(found)) job.report.findings.push_back(std::move(one));
  std::vector<DicomSeries> all = wanted_series(job.source, job.options, found);
  std::sort(all.begin(), all.end(), [](const DicomSeries& a, const DicomSeries& b) {
    return std::pair(a.files, a.uid) < std::pair(b.files, b.uid);
  });
  std::erase_if(all, [](const DicomSeries& one) { return one.files.empty(); });
  const std::vector<std::string> names = dicom_case_names(all, job.source);
  std::vector<DicomRecord> records;
  std::vector<SourceCase> cases;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (import_series(job, all[i], names[i])) {
      cases.push_back({names[i], "train", {}, std::nullopt});
      records.push_back({names[i], all[i], dicom_study_uid(all[i])});
    }
    report_progress(job, i + 1, all.size(), names[i]);
  }
  if (cases.empty()) {
    fail(ErrorCode::kInvalidData,
         {"no usable DICOM series", job.source.string(), "at least one",
          job.report.findings.empty() ? "none" : job.report.findings.front().problem.found, ""});
  }
  std::sort(cases.begin(), cases.end(),
            [](const SourceCase& a, const SourceCase& b) { return a.id < b.id; });
  job.add_finding(Severity::kWarning, "no-description",
                  {"DICOM images carry no label names", job.source.string(), "",
                   "\"structure\" was written as a placeholder",
                   "edit labels in dataset.json before you draw scribbles"});
  enter_cases(job, cases);
  write_atomically(dataset.root / "dicom.tsv", std::string_view(dicom_table(records)));
  job.report.self_check = "no labels to count";
}

}  // namespace medcl
