// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <limits>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/input_file.h"
#include "medcl/dataset/import_job.h"
#include "medcl/dataset/import_msd_list.h"

// The Medical Segmentation Decathlon (Antonelli et al. 2022) and nnU-Net version 1: imagesTr,
// labelsTr, imagesTs, dataset.json with number -> name labels. Files are carried over unrepaired;
// medcl check lists their faults. Images that cannot be read are refused.

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::int32_t kLargestLabel = 65535;
constexpr std::size_t kMostClasses = 255;

[[noreturn]] void refuse(const fs::path& where, const std::string& what,
                         const std::string& expected, const std::string& found) {
  fail(ErrorCode::kInvalidData, {what, where.string(), expected, found, ""});
}

LabelMap labels_from_numbers(const Json& labels, const fs::path& where) {
  if (!labels.is_object()) refuse(where, "wrong labels", "{\"0\": \"background\", ...}", "");
  const bool by_name =
      !labels.empty() && std::all_of(labels.begin(), labels.end(),
                                     [](const Json& v) { return v.is_number_integer(); });
  if (by_name) return LabelMap::from_json(labels, where.string());  // as nnU-Net version 2 has them
  std::map<std::int32_t, std::string> names;
  for (const auto& [text, name] : labels.items()) {
    std::int32_t value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0 ||
        !name.is_string()) {
      refuse(where, "wrong labels", "{\"0\": \"background\", ...}",
             "\"" + text + "\": " + name.dump());
    }
    names[value] = name.get<std::string>();
  }
  Json reversed = Json::object();
  for (const auto& [value, name] : names) reversed[value == 0 ? "background" : name] = value;
  if (reversed.size() != names.size()) refuse(where, "class named twice", "", labels.dump());
  return LabelMap::from_json(reversed, where.string());
}

std::vector<std::string> channels_from_modality(const Json& description, const fs::path& where) {
  const auto modality = description.find("modality");
  if (modality == description.end() || !modality->is_object() || modality->empty()) {
    refuse(where, "missing key", "\"modality\": {\"0\": \"MRI\"}", "none");
  }
  std::vector<std::string> names;
  for (std::size_t c = 0; c < modality->size(); ++c) {
    const auto found = modality->find(std::to_string(c));
    if (found == modality->end() || !found->is_string()) {
      refuse(where, "wrong modality", "a name for \"" + std::to_string(c) + "\"", modality->dump());
    }
    names.push_back(found->get<std::string>());
  }
  return names;
}

/// Null when there is none.
Json read_description(const ImportJob& job) {
  const fs::path file = job.source / "dataset.json";
  return is_there(file) ? read_json(file) : Json();
}

/// nnU-Net version 2 names the channels by another key, and that layout needs no import.
void refuse_native_layout(const ImportJob& job, const Json& json) {
  if (!json.is_object() || json.contains("modality") || !json.contains("channel_names")) return;
  const auto labels = json.find("labels");
  if (labels == json.end() || !labels->is_object()) return;
  if (std::any_of(labels->begin(), labels->end(), [](const Json& v) { return v.is_string(); })) {
    return;  // from number to name, as version 1 has them
  }
  fail(ErrorCode::kInvalidData,
       {"this is already the layout that medcl reads (nnU-Net version 2)",
        (job.source / "dataset.json").string(), "\"modality\"", "\"channel_names\"",
        "use the folder as it is: medcl check " + job.source.string()});
}

void take_description(ImportJob& job, const Json& json) {
  const fs::path file = job.source / "dataset.json";
  if (json.is_null()) return;
  if (!json.is_object() || !json.contains("labels")) {
    refuse(file, "missing key", "\"labels\"", "none");
  }
  job.dataset.labels = labels_from_numbers(json["labels"], file);
  job.dataset.channel_names = channels_from_modality(json, file);
  for (const char* key : {"name", "reference", "licence", "license", "release"}) {
    if (json.contains(key) && json[key].is_string()) job.dataset.description[key] = json[key];
  }
  const auto name = json.find("name");
  if (name != json.end() && name->is_string()) job.dataset.name = name->get<std::string>();
}

/// Without dataset.json the classes are the values that occur in the label files.
LabelMap labels_from_counts(const std::map<std::int32_t, std::int64_t>& counts,
                            const fs::path& where) {
  LabelMap map{{{"background", 0}}, std::nullopt};
  for (const auto& entry : counts) {
    if (entry.first == 0) continue;
    if (entry.first < 0 || entry.first > kLargestLabel || map.classes.size() == kMostClasses) {
      refuse(where, "no dataset.json, and the label files hold no plausible classes",
             "at most 254 values from 1 to 65535", std::to_string(entry.first));
    }
    map.classes.push_back({"label " + std::to_string(entry.first), entry.first});
  }
  if (map.classes.size() < 2) refuse(where, "no labels and no dataset.json", "labelsTr", "none");
  return map;
}

/// The files as they are; a 4-D image becomes one file per channel. Returns one of each channel,
/// the voxels of the first alone.
std::vector<Loaded<float>> carry_images(ImportJob& job, const SourceCase& one) {
  std::vector<Loaded<float>> carried;
  for (const fs::path& file : one.images) {
    std::vector<Loaded<float>> channels = read_source_channels(job, file);
    for (Loaded<float>& channel : channels) {
      const fs::path path =
          image_path(job.dataset, one.id, static_cast<int>(carried.size()), one.is_test());
      if (channels.size() == 1) {
        carry_image(channel, file, path);
      } else {
        FileSystem::get().create_folders(path.parent_path());
        write_image(path, channel.volume, channel.source);
      }
      if (!carried.empty()) channel.volume.voxels = {};
      carried.push_back(std::move(channel));
    }
  }
  return carried;
}

/// Counts the values of a label file. On the grid of the image where the header of one of the two
/// does not say the size of a voxel; else nothing, and the file can be carried over as it is.
std::optional<Labels> read_carried_labels(ImportJob& job, const SourceCase& one,
                                          const Loaded<float>& image) {
  const Loaded<std::int32_t> labels =
      read_labels(*one.labels, {.assume = "spacing", .spacing_mm = job.options.spacing_mm});
  std::optional<Labels> placed;
  if (image.source.spacing_was_given || labels.source.spacing_was_given) {
    placed = read_source_labels(job, *one.labels, image);
  }
  auto& counts = job.report.voxel_counts[one.group];
  for (const std::int32_t value : labels.volume.voxels) ++counts[value];
  return placed;
}

void carry_labels(ImportJob& job, const SourceCase& one, const Loaded<float>& image) {
  const fs::path path = label_path(job.dataset, one.id, one.is_test());
  std::optional<Labels> placed;
  try {
    placed = read_carried_labels(job, one, image);
  } catch (const Error& error) {
    job.add_finding(Severity::kWarning, "unreadable",
                    {"label file carried over, but it cannot be used", one.labels->string(), "",
                     error.what(), "run medcl check on the result"});
  }
  if (!placed) return copy_file_as(*one.labels, path);
  FileSystem::get().create_folders(path.parent_path());
  write_labels(path, *placed, image.source);
}

void require_channels(const ImportJob& job, const SourceCase& one, std::size_t found) {
  if (found == job.dataset.channel_names.size()) return;
  refuse(one.images.front(), "wrong number of channels",
         std::to_string(job.dataset.channel_names.size()), std::to_string(found));
}

void import_decathlon(ImportJob& job, bool channel_suffix) {
  const Json description = read_description(job);
  refuse_native_layout(job, description);
  const std::vector<SourceCase> cases = list_msd_cases(job, description, channel_suffix);
  if (cases.empty()) {
    refuse(job.source, "no cases",
           channel_suffix ? "imagesTr/<case>_0000.nii.gz" : "imagesTr/<case>.nii.gz", "none");
  }
  job.dataset.name = fs::absolute(job.source).lexically_normal().filename().string();
  take_description(job, description);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::vector<Loaded<float>> channels = carry_images(job, cases[i]);
    for (std::size_t c = job.dataset.channel_names.size(); i == 0 && c < channels.size(); ++c) {
      job.dataset.channel_names.push_back("channel " + std::to_string(c));
    }
    require_channels(job, cases[i], channels.size());
    if (cases[i].labels) carry_labels(job, cases[i], channels.front());
    report_progress(job, i + 1, cases.size(), cases[i].id);
  }
  if (job.dataset.labels.classes.empty()) {
    job.dataset.labels = labels_from_counts(job.report.voxel_counts["train"], job.source);
    job.add_finding(Severity::kWarning, "no-description",
                    {"no dataset.json: classes are named after the values in the label files",
                     job.source.string(), "", "", "edit labels and channel_names in dataset.json"});
  }
  enter_cases(job, cases);
  job.report.self_check = "no published counts to compare with";
}

}  // namespace

void import_msd(ImportJob& job) { import_decathlon(job, false); }

void import_nnunet1(ImportJob& job) { import_decathlon(job, true); }

}  // namespace medcl
