// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/error.h"
#include "medcl/dataset/case_files.h"
#include "medcl/dataset/case_listing.h"
#include "medcl/image/picture.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// `of_a_case`: scans of a case of that name lie beside it.
void add_stray_image(const fs::path& path, const NameParts& parts, bool of_a_case,
                     Findings& findings) {
  if (of_a_case) {
    add_listing_finding(
        findings, Severity::kError, "label-among-images",
        {"has the name of a label file, but lies among the images", path.string(),
         "only scans, such as " + parts.stem + "_0000" + parts.ending, file_name(path),
         "move it into labelsTr (of imagesTs: labelsTs) if it is the labels of " + parts.stem +
             ", else elsewhere"});
    return;
  }
  const bool hidden = parts.stem.front() == '_';
  const bool numbered = image_name_of(parts.stem).has_value();
  add_listing_finding(
      findings, Severity::kWarning, "image-without-channel",
      {hidden ? "left out: the name begins with _" : "left out: no channel number in the name",
       path.string(), "a name like <case>_0000" + parts.ending, file_name(path),
       numbered ? "rename it"
                : "rename it to " + parts.stem + "_0000" + parts.ending + " if it is a case"});
}

}  // namespace

ImageFiles list_images(const fs::path& folder, const std::string& ending, Findings& findings) {
  ImageFiles images;
  std::vector<std::pair<fs::path, NameParts>> strays;
  for (const FolderEntry& entry : list_folder_if_present(folder)) {
    const std::string name = file_name(entry.path);
    if (is_passed_over(name, ending)) continue;
    const NameParts parts = parts_of_name(name, ending);
    const auto image = image_name_of(parts.stem);
    if (parts.ending.empty()) {
      add_foreign(entry, findings);
    } else if (!is_file(entry, findings)) {
      continue;
    } else if (!image || name.front() == '_') {
      strays.emplace_back(entry.path, parts);
    } else {
      images[image->id][image->channel].push_back(entry.path);
    }
  }
  for (const auto& [path, parts] : strays) {
    add_stray_image(path, parts, images.count(parts.stem) > 0, findings);
  }
  return images;
}

std::vector<fs::path> channels_of_case(const Dataset& dataset, const std::string& id, bool test,
                                       const std::map<int, std::vector<fs::path>>& files,
                                       Findings& findings) {
  std::map<int, fs::path> found;
  std::string names;
  for (const auto& [channel, same] : files) {
    const auto chosen = choose_file(same, dataset.file_ending, findings);
    if (!chosen) continue;
    found[channel] = *chosen;
    names += (names.empty() ? "" : ", ") + file_name(*chosen);
  }
  const int count = static_cast<int>(dataset.channel_names.size());
  const fs::path folder = image_path(dataset, id, 0, test).parent_path();
  const std::string expected = "channels " + list_channels(dataset.channel_names);
  std::vector<fs::path> images;
  const bool in_colours = found.size() == 1 && found.count(0) != 0 &&
                          is_picture_path("x" + dataset.file_ending);  // all channels in one file
  if (in_colours) return {found.at(0)};
  for (int c = 0; c < count && !found.empty(); ++c) {
    if (found.count(c) == 0) {
      fail(ErrorCode::kInvalidData,
           {"channel file missing", (folder / id).string(), expected,
            names + " but no " + file_name(image_path(dataset, id, c, test)),
            "add the file, or correct channel_names in dataset.json"});
    }
    images.push_back(found.at(c));
  }
  if (!found.empty() && found.rbegin()->first >= count) {
    const std::string last = file_name(found.rbegin()->second);
    fail(ErrorCode::kInvalidData,
         {"more channels than dataset.json names", (folder / id).string(), expected, names,
          "name them all in channel_names; a case of its own ends in _0000, such as " +
              parts_of_name(last, dataset.file_ending).stem + "_0000"});
  }
  return images;
}

}  // namespace medcl
