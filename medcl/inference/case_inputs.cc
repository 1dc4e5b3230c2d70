// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/case_inputs.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "medcl/core/error.h"
#include "medcl/core/finding_groups.h"
#include "medcl/core/folder_listing.h"
#include "medcl/core/input_file.h"
#include "medcl/dataset/case_files.h"
#include "medcl/image/axis_order.h"
#include "medcl/image/picture.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

std::string label_ending(const fs::path& path) {
  std::string ending = split_readable_name(path).ending;
  if (ending != ".nrrd" && ending != ".mha") ending = ".nii.gz";
  return ending;
}

std::string name_of(const fs::path& path) {
  if (!is_folder(path)) return split_readable_name(path).stem;
  // A folder that is called "." or ".." has a name all the same.
  const fs::path folder = fs::absolute(path).lexically_normal();
  return (folder.filename().empty() ? folder.parent_path() : folder).filename().string();
}

bool is_picture(const fs::path& path) { return is_picture_path(path); }

std::vector<fs::path> entries_of(const fs::path& folder, bool folders) {
  std::vector<fs::path> entries;
  for (const FolderEntry& entry : list_folder(folder)) {
    const bool hidden = entry.path.filename().string().starts_with(".");
    const bool is_a_folder = entry.kind == FolderEntry::Kind::kFolder;
    if (hidden || is_a_folder != folders) continue;
    const std::string ending = split_readable_name(entry.path).ending;
    if (folders || (!ending.empty() && ending != ".dcm")) entries.push_back(entry.path);
  }
  // Pictures beside volumes are there to be looked at.
  if (!std::all_of(entries.begin(), entries.end(), is_picture)) {
    entries.erase(std::remove_if(entries.begin(), entries.end(), is_picture), entries.end());
  }
  return entries;
}

bool holds_dicom_files(const fs::path& folder) {
  try {
    return !find_dicom_series(folder).empty();
  } catch (const Error&) {
    return true;  // reading it will say what is wrong
  }
}

/// Pictures beside the files of a scan are there to be looked at.
bool are_beside_dicom(const std::vector<fs::path>& files, const fs::path& folder) {
  if (!std::ranges::all_of(files, is_picture)) return false;
  return std::ranges::any_of(list_folder(folder), [](const FolderEntry& entry) {
    return entry.kind == FolderEntry::Kind::kFile && entry.path.extension() == ".dcm";
  });
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
    if (inside.empty() ? holds_dicom_files(input) : are_beside_dicom(inside, input)) {
      inside = {input};
    }
    if (inside.empty()) {
      inside = entries_of(input, true);
      std::erase_if(inside, [](const fs::path& one) { return !holds_dicom_files(one); });
    }
    if (inside.empty()) {
      fail(ErrorCode::kIo, {"no image in this folder", input.string(),
                            ".nii, .nii.gz, .nrrd, .mha files or a DICOM series", "",
                            is_there(input / "dataset.json")
                                ? "it is a dataset: name its folder of images, such as " +
                                      (input / "imagesTs").string()
                                : "name the folder that holds them"});
    }
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

/// Case -> channel -> file, for names that end in a number of four digits.
using NumberedFiles = std::map<std::string, std::map<int, fs::path>>;

/// Files given one by one are the channels of one case, in their order, unless their names say
/// otherwise.
bool are_in_order(const std::vector<fs::path>& files, std::size_t channels) {
  return std::ranges::none_of(files, [channels](const fs::path& file) {
    const auto image = image_name_of(name_of(file));
    return image && image->channel < static_cast<int>(channels);
  });
}

void require_different(const std::vector<fs::path>& files) {
  for (std::size_t k = 1; k < files.size(); ++k) {
    for (std::size_t earlier = 0; earlier < k; ++earlier) {
      std::error_code unknown;
      if (!fs::equivalent(files[k], files[earlier], unknown)) continue;
      fail(ErrorCode::kUsage, {.what = "the same file is given twice",
                               .where = files[k].string(),
                               .expected = "each file once",
                               .found = {},
                               .remedy = "name it once, alone or through its folder"});
    }
  }
}

[[noreturn]] void refuse_second(const std::string& id, const fs::path& file) {
  fail(ErrorCode::kUsage, {"two images of one name", "case " + id,
                           "different names, as outputs are named after them", file.string(), ""});
}

std::string names_of(const std::map<int, fs::path>& numbered) {
  std::vector<std::string> names;
  for (const auto& [number, file] : numbered) names.push_back(name_of(file));
  return counted_names(names, "files", 8);
}

/// "patient_0012" and "patient_0013" are two cases: there is no channel 0 that they belong to.
bool are_channels(const std::map<int, fs::path>& numbered, std::size_t channels) {
  return numbered.count(0) != 0 || numbered.begin()->first < static_cast<int>(channels);
}

void require_channels(const std::string& id, const std::map<int, fs::path>& numbered,
                      const std::vector<std::string>& channel_names) {
  const auto count = static_cast<int>(channel_names.size());
  const bool one_file_for_all = numbered.size() == 1 && numbered.begin()->first == 0;
  const bool complete =
      static_cast<int>(numbered.size()) == count && numbered.rbegin()->first == count - 1;
  if (complete || one_file_for_all) return;
  const bool more = numbered.rbegin()->first >= count && numbered.count(0) != 0;
  fail(ErrorCode::kModelMismatch,
       {more ? "files of more channels than the model has" : "channel files missing", "case " + id,
        "the model's channels " + list_channels(channel_names), names_of(numbered),
        more ? "give only the channels of the model; a case of its own ends in _0000, such as " +
                   name_of(numbered.rbegin()->second) + "_0000"
             : "name them " + id + "_0000, " + id + "_0001 ..."});
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
                                        const std::vector<std::string>& channel_names) {
  const std::size_t channels = channel_names.size();
  const std::vector<fs::path> files = expand(inputs);
  require_different(files);
  const bool one_by_one = inputs.size() == files.size() && files.size() == channels;
  if (channels > 1 && one_by_one && are_in_order(files, channels)) {
    return {{name_of(files.front()), files, label_ending(files.front()), /*in_order=*/true}};
  }
  NumberedFiles numbered;
  std::map<std::string, CaseInput> cases;
  const auto enter = [&cases](const std::string& id, const std::vector<fs::path>& its_files) {
    const CaseInput one{id, its_files, label_ending(its_files.front()), /*in_order=*/false};
    if (!cases.emplace(id, one).second) refuse_second(id, its_files.front());
  };
  for (const fs::path& file : files) {
    const auto image = image_name_of(name_of(file));
    if (!image) {
      enter(name_of(file), {file});
    } else if (!numbered[image->id].emplace(image->channel, file).second) {
      refuse_second(name_of(file), file);
    }
  }
  for (const auto& [id, by_channel] : numbered) {
    const bool grouped = are_channels(by_channel, channels);
    if (grouped) require_channels(id, by_channel, channel_names);
    std::vector<fs::path> together;
    for (const auto& [number, file] : by_channel) {
      if (!grouped) enter(name_of(file), {file});
      together.push_back(file);
    }
    if (grouped) enter(id, together);
  }
  std::vector<CaseInput> sorted;
  for (auto& [id, one] : cases) sorted.push_back(std::move(one));
  return sorted;
}

std::vector<Loaded<float>> load_case_input(const CaseInput& input, std::int64_t channels,
                                           const ReadOptions& options) {
  std::vector<Loaded<float>> all;
  for (const fs::path& file : input.files) {
    for (Loaded<float>& channel : read_channels(file, options)) all.push_back(std::move(channel));
  }
  if (channels == 1 && is_picture_path(input.files.front())) merge_equal_channels(all);
  if (static_cast<std::int64_t>(all.size()) != channels) {
    fail(ErrorCode::kModelMismatch,
         {"the model needs another number of channels", input.files.front().string(),
          std::to_string(channels), std::to_string(all.size()),
          channels > 1 ? "give all channels of a case, as the model was trained on"
                       : "give images of one channel: a grey picture, or a scan without a fourth "
                         "axis"});
  }
  for (Loaded<float>& channel : all) {
    require_finite(channel);
    bring_onto(all.front().volume.geometry, channel.volume);  // else the predictor will refuse it
  }
  return all;
}

}  // namespace medcl
