// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include "medcl/core/error.h"
#include "medcl/dataset/import_job.h"

// The layout train, val, TestSet of CycleMix and ModelMix, each with images and labels.

namespace medcl {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> find_labels(const std::vector<fs::path>& files, const std::string& id) {
  std::optional<fs::path> found;
  for (const fs::path& file : files) {
    const std::string stem = split_image_name(file).stem;
    if (stem != id && !stem.starts_with(id + "_")) continue;
    if (found) {
      fail(ErrorCode::kInvalidData, {"two label files for one case", file.string(), "one",
                                     found->filename().string(), "remove one of them"});
    }
    found = file;
  }
  return found;
}

std::size_t channel_of(const std::smatch& match, const std::vector<std::string>& channels) {
  if (match.size() < 3) return 0;
  const auto found = std::find(channels.begin(), channels.end(), match[2].str());
  return static_cast<std::size_t>(found - channels.begin());
}

void leave_out(ImportJob& job, const fs::path& file, const std::string& what) {
  job.add_finding(Severity::kWarning, "left-out",
                  {what, file.string(), "a name as in the release", file.filename().string(), ""});
}

void list_group(ImportJob& job, const fs::path& folder, const std::string& group,
                const std::regex& pattern, const std::vector<std::string>& channels,
                std::vector<SourceCase>& cases) {
  std::map<std::string, std::vector<fs::path>> images;
  for (const fs::path& file : visible_files(folder / "images")) {
    const std::string name = file.filename().string();
    std::smatch match;
    if (!std::regex_match(name, match, pattern)) {
      leave_out(job, file, "image left out: its name is none of this kind of dataset");
      continue;
    }
    auto& files = images[match[1].str()];
    files.resize(channels.size());
    const std::size_t channel = channel_of(match, channels);
    if (channel < channels.size()) files[channel] = file;
  }
  const std::vector<fs::path> labels = visible_files(folder / "labels");
  std::set<fs::path> used;
  for (const auto& [id, files] : images) {
    for (std::size_t c = 0; c < channels.size(); ++c) {
      if (!files[c].empty()) continue;
      fail(ErrorCode::kInvalidData,
           {"channel missing", (folder / "images" / id).string(), channels[c], "", ""});
    }
    cases.push_back({id, group, files, find_labels(labels, id)});
    if (cases.back().labels) used.insert(*cases.back().labels);
  }
  for (const fs::path& file : labels) {
    if (used.count(file) == 0) leave_out(job, file, "label file left out: no image of its name");
  }
}

std::vector<SourceCase> list_split_layout(ImportJob& job, const std::regex& image_pattern,
                                          const std::vector<std::string>& channels) {
  const fs::path& source = job.source;
  std::vector<SourceCase> cases;
  for (const auto& [folder, group] : std::vector<std::pair<std::string, std::string>>{
           {"train", "train"}, {"val", "val"}, {"TestSet", "test"}, {"test", "test"}}) {
    list_group(job, source / folder, group, image_pattern, channels, cases);
  }
  if (cases.empty()) {
    fail(ErrorCode::kInvalidData,
         {"no cases of this kind", source.string(),
          "train/images, train/labels, val/images, val/labels as released", "none", ""});
  }
  std::sort(cases.begin(), cases.end(),
            [](const SourceCase& a, const SourceCase& b) { return a.id < b.id; });
  for (std::size_t i = 1; i < cases.size(); ++i) {
    if (cases[i].id != cases[i - 1].id) continue;
    fail(ErrorCode::kInvalidData,
         {"case in two groups", source.string(), "one group",
          cases[i].id + " in " + cases[i - 1].group + " and " + cases[i].group, ""});
  }
  return cases;
}

Loaded<float> import_image(ImportJob& job, const fs::path& from, const std::string& id, int channel,
                           bool test) {
  Loaded<float> image = read_image(from, {.spacing_mm = job.options.spacing_mm});
  carry_image(image, from, image_path(job.dataset, id, channel, test));
  return image;
}

}  // namespace

void import_split_layout(ImportJob& job, const std::regex& image_pattern,
                         const std::vector<std::string>& channel_marks, const AdaptLabels& adapt) {
  const auto cases = list_split_layout(job, image_pattern, channel_marks);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const SourceCase& one = cases[i];
    const Loaded<float> first = import_image(job, one.images.front(), one.id, 0, one.is_test());
    for (std::size_t c = 1; c < one.images.size(); ++c) {
      import_image(job, one.images[c], one.id, static_cast<int>(c), one.is_test());
    }
    if (one.labels) {
      Labels labels = read_source_labels(job, *one.labels, first);
      if (adapt) adapt(labels, one, first.volume);
      import_labels(job, labels, one, first.source);
    }
    report_progress(job, i + 1, cases.size(), one.id);
  }
  enter_cases(job, cases);
}

}  // namespace medcl
