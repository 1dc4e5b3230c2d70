// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/found_files.h"

#include <algorithm>
#include <set>
#include <string>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/folder_listing.h"
#include "medcl/core/input_file.h"
#include "medcl/dataset/intake/snap_names.h"
#include "medcl/image/dicom_file.h"
#include "medcl/image/picture.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 16;

void note(FoundFiles& found, Severity severity, const char* id, const std::string& what,
          const fs::path& path, const std::string& remedy = "") {
  found.findings.push_back({severity, id, {what, path.string(), "", "", remedy}, false});
}

bool is_dicom(const fs::path& path) {
  constexpr std::uint64_t kStart = 132;
  const std::vector<std::uint8_t> start = read_file_start(path, kStart);
  return looks_like_dicom(start) || looks_like_bare_dicom(start);
}

bool may_name_labels(const fs::path& path) {
  const std::string ending = path.extension().string();
  return ending == ".txt" || ending == ".label" || ending == ".labels" || ending == ".lbl";
}

/// False for a file that is none of ours. `has_dicom` becomes true where it is a slice of DICOM.
bool enter_file(FoundFiles& found, const fs::path& path, bool& has_dicom) {
  const std::string ending = split_readable_name(path).ending;
  if (!ending.empty() && ending != ".dcm") {
    found.images.push_back(path);
  } else if (may_name_labels(path) && !snap_label_names(path).empty()) {
    found.names.push_back(path);
  } else if (is_dicom(path)) {
    has_dicom = true;
  } else {
    return false;
  }
  return true;
}

bool is_hidden(const std::string& name) { return name.front() == '.' || name == "__MACOSX"; }

void refuse_dataset(const fs::path& folder) {
  if (!is_there(folder / "dataset.json") || !is_there(folder / "imagesTr")) return;
  fail(ErrorCode::kInvalidData,
       {"this is a dataset already, which is read as it is", folder.string(), "loose files",
        "dataset.json and imagesTr", "medcl check " + folder.string()});
}

/// imagesTr or labelsTr alone: dataset.json beside them says what the values mean.
bool is_part_of_dataset(const fs::path& input) {
  const fs::path folder = fs::absolute(input / "").lexically_normal().parent_path();
  const std::string name = folder.filename().string();
  return (name == "imagesTr" || name == "labelsTr") &&
         is_there(folder.parent_path() / "dataset.json");
}

/// A folder that was walked through is not walked through again: links may lead back to it.
using WalkedFolders = std::set<fs::path>;

void walk(FoundFiles& found, const fs::path& folder, int depth, WalkedFolders& walked,
          bool& has_dicom) {
  std::error_code unknown;
  const fs::path real = fs::canonical(folder, unknown);
  if (!unknown && !walked.insert(real).second) {
    note(found, Severity::kInfo, "folder-twice", "left out: the same folder again", folder);
    return;
  }
  refuse_dataset(folder);
  for (const FolderEntry& entry : list_folder(folder)) {
    if (is_hidden(entry.path.filename().string())) continue;
    if (entry.kind == FolderEntry::Kind::kFolder) {
      if (depth < kDeepest) walk(found, entry.path, depth + 1, walked, has_dicom);
    } else if (entry.kind == FolderEntry::Kind::kBrokenLink) {
      note(found, Severity::kWarning, "broken-link", "left out: a link to nothing", entry.path);
    } else if (entry.kind == FolderEntry::Kind::kFile &&
               !enter_file(found, entry.path, has_dicom)) {
      note(found, Severity::kInfo, "foreign-file", "left out: neither image nor labels",
           entry.path);
    }
  }
}

}  // namespace

FoundFiles find_files(const std::vector<fs::path>& inputs) {
  FoundFiles found;
  WalkedFolders walked;
  for (const fs::path& input : inputs) {
    if (!is_there(input)) {
      fail(ErrorCode::kIo, {"no such file or folder", input.string(), "", "", ""});
    }
    bool has_dicom = false;
    if (is_part_of_dataset(input)) {
      note(found, Severity::kWarning, "part-of-dataset",
           "dataset.json beside this folder is not read: what it says of values (ignore, names, "
           "regions) is lost",
           input, "the dataset can be taken as it is: medcl train FOLDER, medcl check FOLDER");
    }
    if (is_folder(input)) {
      walk(found, input, 0, walked, has_dicom);
      if (has_dicom) found.dicom_folders.push_back(input);
    } else if (!enter_file(found, input, has_dicom)) {
      note(found, Severity::kWarning, "foreign-file", "left out: neither image nor labels", input,
           "NIfTI, NRRD, MetaImage, DICOM, PNG, TIFF and JPEG are read");
    } else if (has_dicom) {
      const fs::path folder = input.parent_path();
      found.dicom_folders.push_back(folder.empty() ? fs::path(".") : folder);
    }
  }
  for (auto* files : {&found.images, &found.names, &found.dicom_folders}) {
    std::sort(files->begin(), files->end());
    files->erase(std::unique(files->begin(), files->end()), files->end());
  }
  return found;
}

}  // namespace medcl
