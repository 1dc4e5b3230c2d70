// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/case_inputs.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <optional>

#include "medcl/core/error.h"
#include "medcl/core/input_file.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// 3 for "..._0003" when the model has such a channel; other numbers belong to the name.
std::optional<std::int64_t> channel_number(const std::string& stem, std::int64_t channels) {
  if (stem.size() < 6 || stem[stem.size() - 5] != '_') return std::nullopt;
  const std::string digits = stem.substr(stem.size() - 4);
  const bool all = std::all_of(digits.begin(), digits.end(),
                               [](unsigned char c) { return std::isdigit(c) != 0; });
  if (!all || std::stoll(digits) >= channels) return std::nullopt;
  return std::stoll(digits);
}

std::string label_ending(const fs::path& path) {
  const std::string ending = split_image_name(path).ending;
  return ending == ".nrrd" || ending == ".mha" ? ending : ".nii.gz";
}

std::string name_of(const fs::path& path) {
  const fs::path clean = path.filename().empty() ? path.parent_path() : path;
  return is_folder(path) ? clean.filename().string() : split_image_name(clean).stem;
}

std::vector<fs::path> entries_of(const fs::path& folder, bool folders) {
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const bool hidden = entry.path().filename().string().starts_with(".");
    if (hidden || entry.is_directory() != folders) continue;
    const bool slice = split_image_name(entry.path()).ending == ".dcm";
    if (folders || (is_image_path(entry.path()) && !slice)) entries.push_back(entry.path());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool holds_dicom_files(const fs::path& folder) {
  try {
    return !find_dicom_series(folder).empty();
  } catch (const Error&) {
    return true;  // reading it will say what is wrong
  }
}

/// Files as they are; folders replaced by what is in them.
std::vector<fs::path> expand(const std::vector<fs::path>& inputs) {
  std::vector<fs::path> files;
  for (const fs::path& input : inputs) {
    if (!is_there(input))
      fail(ErrorCode::kIo, {"no such file or folder", input.string(), "", "", ""});
    if (!is_folder(input)) {
      files.push_back(input);
      continue;
    }
    std::vector<fs::path> inside = entries_of(input, false);
    if (inside.empty() && holds_dicom_files(input)) inside = {input};
    if (inside.empty()) inside = entries_of(input, true);
    if (inside.empty()) {
      fail(ErrorCode::kIo, {"no image in this folder", input.string(),
                            ".nii, .nii.gz, .nrrd, .mha files or a DICOM series", "", ""});
    }
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

void check_complete(const CaseInput& one, std::int64_t channels) {
  const auto found = static_cast<std::int64_t>(one.files.size());
  if (found != channels && found != 1) {
    fail(ErrorCode::kModelMismatch,
         {"wrong number of channel files", "case " + one.id, std::to_string(channels),
          std::to_string(found), "name them " + one.id + "_0000, " + one.id + "_0001 ..."});
  }
}

void require_finite(const Loaded<float>& channel) {
  const auto& voxels = channel.volume.voxels;
  const auto bad = std::count_if(voxels.begin(), voxels.end(),
                                 [](float value) { return !std::isfinite(value); });
  if (bad == 0) return;
  fail(ErrorCode::kInvalidData,
       {"NaN or infinite voxels", channel.source.path.string(), "finite numbers",
        std::to_string(bad) + " voxels", "repair the image"});
}

}  // namespace

std::vector<CaseInput> find_case_inputs(const std::vector<fs::path>& inputs,
                                        std::int64_t channels) {
  const std::vector<fs::path> files = expand(inputs);
  if (channels > 1 && inputs.size() == files.size() &&
      static_cast<std::int64_t>(files.size()) == channels) {
    std::string id = name_of(files.front());
    if (channel_number(id, channels)) id.resize(id.size() - 5);
    return {{id, files, label_ending(files.front())}};
  }
  std::map<std::string, std::map<std::int64_t, fs::path>> groups;
  for (const fs::path& file : files) {
    std::string id = name_of(file);
    const auto number = channel_number(id, channels);
    if (number) id.resize(id.size() - 5);
    if (!groups[id].emplace(number.value_or(0), file).second) {
      fail(ErrorCode::kUsage,
           {"two images of one name", "case " + id,
            "different names, as outputs are named after them", file.string(), ""});
    }
  }
  std::vector<CaseInput> cases;
  for (const auto& [id, group] : groups) {
    CaseInput one{id, {}, label_ending(group.begin()->second)};
    for (const auto& [number, file] : group) one.files.push_back(file);
    check_complete(one, channels);
    cases.push_back(std::move(one));
  }
  return cases;
}

std::vector<Loaded<float>> load_case_input(const CaseInput& input, std::int64_t channels,
                                           const ReadOptions& options) {
  std::vector<Loaded<float>> all;
  for (const fs::path& file : input.files) {
    for (Loaded<float>& channel : read_channels(file, options)) all.push_back(std::move(channel));
  }
  if (static_cast<std::int64_t>(all.size()) != channels) {
    fail(ErrorCode::kModelMismatch,
         {"the model needs another number of channels", input.files.front().string(),
          std::to_string(channels), std::to_string(all.size()),
          channels > 1 ? "give one file per channel" : "give 3-D images"});
  }
  for (const Loaded<float>& channel : all) require_finite(channel);
  return all;
}

}  // namespace medcl
