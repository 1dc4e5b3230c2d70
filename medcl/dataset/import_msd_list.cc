// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/import_msd_list.h"

#include <algorithm>
#include <map>
#include <set>

#include "medcl/core/error.h"
#include "medcl/core/finding_groups.h"
#include "medcl/dataset/case_files.h"
#include "medcl/dataset/near_names.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

bool is_nifti_name(const fs::path& path) {
  const std::string ending = split_image_name(path).ending;
  return ending == ".nii" || ending == ".nii.gz";
}

[[noreturn]] void refuse(const fs::path& where, const std::string& what,
                         const std::string& expected, const std::string& found,
                         const std::string& remedy = "") {
  fail(ErrorCode::kInvalidData, {what, where.string(), expected, found, remedy});
}

/// The two lists and folders of a group.
struct Group {
  const char* list;
  const char* name;
  const char* images;
  const char* labels;
};
constexpr Group kTraining{"training", "train", "imagesTr", "labelsTr"};
constexpr Group kTest{"test", "test", "imagesTs", "labelsTs"};

// ------------------------------------------------------------------------------------- the lists

struct Listed {
  std::vector<fs::path> images;  ///< relative to the folder of the dataset
  std::optional<fs::path> labels;
};

fs::path listed_path(const Json& text, const fs::path& where) {
  if (!text.is_string()) refuse(where, "the list names no file", "a path", text.dump());
  const fs::path path = fs::path(text.get<std::string>()).lexically_normal();
  if (path.empty() || path.is_absolute() || *path.begin() == "..") {
    refuse(where, "the list names a file outside the folder", "a path like ./imagesTr/a.nii.gz",
           text.dump());
  }
  return path;
}

Listed listed_case(const Json& entry, const fs::path& where) {
  if (entry.is_string()) return {{listed_path(entry, where)}, std::nullopt};
  const auto image = entry.is_object() ? entry.find("image") : entry.end();
  if (!entry.is_object() || image == entry.end()) {
    refuse(where, "an entry of the list names no image",
           R"({"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"})", entry.dump());
  }
  Listed listed;
  if (image->is_array()) {
    for (const Json& channel : *image) listed.images.push_back(listed_path(channel, where));
  } else {
    listed.images.push_back(listed_path(*image, where));
  }
  if (listed.images.empty()) refuse(where, "an entry of the list names no image", "", entry.dump());
  const auto label = entry.find("label");
  if (label != entry.end() && !label->is_null()) listed.labels = listed_path(*label, where);
  return listed;
}

/// The files of an image that the list of nnU-Net names without its channels.
std::vector<fs::path> files_of_channels(const fs::path& source, const fs::path& image) {
  const NameParts parts = split_image_name(image);
  std::vector<fs::path> files;
  for (int channel = 0;; ++channel) {
    std::string number = std::to_string(channel);
    number.insert(0, number.size() < 4 ? 4 - number.size() : 0, '0');
    const fs::path file = image.parent_path() / (parts.stem + "_" + number + parts.ending);
    std::error_code error;
    if (!fs::exists(source / file, error)) return files;
    files.push_back(file);
  }
}

void require_listed(const fs::path& source, const fs::path& path, const std::string& list) {
  std::error_code error;
  if (fs::is_regular_file(source / path, error)) return;
  const std::string missing = error ? error.message() : "no file";
  const std::vector<fs::path> channels = files_of_channels(source, path);
  refuse(source / path, "listed in dataset.json, but there is no such file",
         "every file of \"" + list + "\"",
         channels.empty() ? missing : missing + " but " + channels.front().filename().string(),
         channels.empty() ? "restore the file or take it out of the list"
                          : "names with channel numbers are those of nnU-Net version 1: "
                            "medcl import nnunet1");
}

/// "imagesTr/a/image.nii.gz" -> "image", or with its folders "a-image".
std::string id_of(const fs::path& image, bool channel_suffix, bool with_folders) {
  std::string id = split_image_name(image).stem;
  const auto numbered = image_name_of(id);
  if (channel_suffix && numbered) id = numbered->id;
  if (!with_folders) return id;
  std::string folders;
  for (const fs::path& part : image.parent_path()) {
    if (part != kTraining.images && part != kTest.images) folders += part.string() + "-";
  }
  return folders + id;
}

void give_ids(std::vector<SourceCase>& cases, bool channel_suffix, const fs::path& where) {
  std::set<std::string> known;
  for (const bool with_folders : {false, true}) {
    known.clear();
    for (SourceCase& one : cases) {
      one.id = id_of(one.images.front(), channel_suffix, with_folders);
      known.insert(one.id);
    }
    if (known.size() == cases.size()) return;
  }
  std::map<std::string, int> count;
  for (const SourceCase& one : cases) {
    if (++count[one.id] == 2) {
      refuse(where, "the list names a case twice", "each case once", one.id, "remove one entry");
    }
  }
}

std::vector<SourceCase> cases_of_list(const ImportJob& job, const Json& list, const Group& group,
                                      bool channel_suffix) {
  const fs::path where = job.source / "dataset.json";
  if (!list.is_array()) {
    refuse(where, std::string("\"") + group.list + "\" is no list", "a list", list.type_name());
  }
  std::vector<SourceCase> cases;
  for (const Json& entry : list) {
    Listed listed = listed_case(entry, where);
    if (channel_suffix && listed.images.size() == 1) {
      const auto channels = files_of_channels(job.source, listed.images.front());
      if (!channels.empty()) listed.images = channels;
    }
    for (const fs::path& image : listed.images) require_listed(job.source, image, group.list);
    if (listed.labels) require_listed(job.source, *listed.labels, group.list);
    cases.push_back({"", group.name, listed.images, listed.labels});
  }
  give_ids(cases, channel_suffix, where);
  return cases;
}

/// Says how many files of the group's folders no entry of the list names.
void report_unlisted(ImportJob& job, const std::vector<SourceCase>& cases, const Group& group) {
  std::set<fs::path> used;
  for (const SourceCase& one : cases) {
    used.insert(one.images.begin(), one.images.end());
    if (one.labels) used.insert(*one.labels);
  }
  std::vector<std::string> left_out;
  for (const char* folder : {group.images, group.labels}) {
    for (const fs::path& file : visible_files(job.source / folder)) {
      if (used.count(fs::path(folder) / file.filename()) == 0) {
        left_out.push_back((fs::path(folder) / file.filename()).string());
      }
    }
  }
  if (left_out.empty()) return;
  job.add_finding(Severity::kWarning, "unlisted-files",
                  {std::string("left out: \"") + group.list + "\" in dataset.json does not name " +
                       (left_out.size() == 1 ? "it" : "them"),
                   job.source.string(), "", counted_names(left_out, "files"),
                   "add them to the list if they belong to the data"});
}

// ----------------------------------------------------------------------------------- the folders

std::map<std::string, fs::path> labels_of_folder(const fs::path& folder) {
  std::map<std::string, fs::path> labels;
  for (const fs::path& file : visible_files(folder)) {
    if (!is_nifti_name(file)) continue;
    if (!labels.emplace(split_image_name(file).stem, file).second) {
      refuse(file, "two label files of one name", "one", split_image_name(file).stem,
             "remove one of them");
    }
  }
  return labels;
}

void report_other_format(ImportJob& job, const fs::path& folder) {
  for (const fs::path& file : visible_files(folder)) {
    if (is_nifti_name(file)) continue;
    job.add_finding(Severity::kWarning, "other-format",
                    {"left out: not a NIfTI file by its name", file.string(), ".nii or .nii.gz",
                     file.filename().string(), ""});
  }
}

/// Labels that belong to no image; for those that nearly do, of which.
void report_stray_labels(ImportJob& job, const std::map<std::string, fs::path>& stray,
                         const std::map<std::string, SourceCase>& cases) {
  std::vector<std::string> unlabelled;
  for (const auto& [id, one] : cases) {
    if (!one.labels) unlabelled.push_back(id);
  }
  const NearNames names(unlabelled);
  for (const auto& [stem, file] : stray) {
    const auto near = names.find(stem);
    if (near) {
      refuse(file, "label file nearly named like a case without labels",
             *near + ".nii.gz, the labels of case " + *near, file.filename().string(),
             "rename it, or name both files in \"training\" of dataset.json");
    }
    job.add_finding(
        Severity::kWarning, "label-without-image",
        {"label file without an image, left out", file.string(), "", "", "remove or rename it"});
  }
}

std::vector<SourceCase> cases_of_folders(ImportJob& job, const Group& group, bool channel_suffix) {
  std::map<std::string, fs::path> labels = labels_of_folder(job.source / group.labels);
  report_other_format(job, job.source / group.images);
  report_other_format(job, job.source / group.labels);
  std::map<std::string, SourceCase> cases;
  for (const fs::path& file : visible_files(job.source / group.images)) {
    if (!is_nifti_name(file)) continue;
    const std::string stem = split_image_name(file).stem;
    const auto numbered = image_name_of(stem);
    if (channel_suffix && !numbered) {
      job.add_finding(Severity::kWarning, "image-without-channel",
                      {"left out: no channel number in the name", file.string(),
                       "a name like <case>_0000.nii.gz", file.filename().string(),
                       "without numbers it is the form of the Decathlon: medcl import msd"});
      continue;
    }
    const std::string id = channel_suffix ? numbered->id : stem;
    SourceCase& one = cases[id];
    one.id = id;
    one.group = group.name;
    one.images.push_back(file);  // sorted by name, hence by channel
    if (const auto found = labels.extract(id)) one.labels = found.mapped();
  }
  report_stray_labels(job, labels, cases);
  std::vector<SourceCase> list;
  for (auto& entry : cases) list.push_back(std::move(entry.second));
  return list;
}

std::vector<SourceCase> cases_of_group(ImportJob& job, const Json& description, const Group& group,
                                       bool channel_suffix) {
  const auto list = description.is_object() ? description.find(group.list) : description.end();
  if (!description.is_object() || list == description.end()) {
    return cases_of_folders(job, group, channel_suffix);
  }
  std::vector<SourceCase> cases = cases_of_list(job, *list, group, channel_suffix);
  report_unlisted(job, cases, group);
  for (SourceCase& one : cases) {
    for (fs::path& image : one.images) image = job.source / image;
    if (one.labels) one.labels = job.source / *one.labels;
  }
  std::sort(cases.begin(), cases.end(),
            [](const SourceCase& a, const SourceCase& b) { return a.id < b.id; });
  return cases;
}

}  // namespace

std::vector<SourceCase> list_msd_cases(ImportJob& job, const Json& description,
                                       bool channel_suffix) {
  std::vector<SourceCase> cases = cases_of_group(job, description, kTraining, channel_suffix);
  const std::vector<SourceCase> tests = cases_of_group(job, description, kTest, channel_suffix);
  cases.insert(cases.end(), tests.begin(), tests.end());
  return cases;
}

}  // namespace medcl
