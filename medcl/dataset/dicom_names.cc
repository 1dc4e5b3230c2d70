// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/dicom_names.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 48;

fs::path folder_of(const DicomSeries& series) {
  return fs::absolute(series.files.front()).lexically_normal().parent_path();
}

/// The folders from `source` down to `folder`; that of the source itself for what lies in it.
std::vector<std::string> parts_of(const fs::path& folder, const fs::path& source) {
  fs::path root = fs::absolute(source).lexically_normal();
  if (!root.has_filename()) root = root.parent_path();
  std::vector<std::string> parts;
  for (const fs::path& part : folder.lexically_relative(root)) {
    if (part != "." && part != "..") parts.push_back(part.string());
  }
  if (parts.empty()) parts.push_back(root.filename().string());
  return parts;
}

/// The last `count` of the folders.
std::string tail(const std::vector<std::string>& parts, std::size_t count) {
  std::string name;
  for (std::size_t n = parts.size() - std::min(count, parts.size()); n < parts.size(); ++n) {
    name += (name.empty() ? "" : "-") + parts[n];
  }
  return safe_name(name);
}

std::map<fs::path, std::string> names_of_folders(const std::set<fs::path>& folders,
                                                 const fs::path& source) {
  std::map<fs::path, std::string> names;
  for (const fs::path& folder : folders) {
    const std::vector<std::string> parts = parts_of(folder, source);
    std::size_t count = 1;
    const auto is_shared = [&] {
      return std::any_of(folders.begin(), folders.end(), [&](const fs::path& other) {
        return other != folder && tail(parts_of(other, source), count) == tail(parts, count);
      });
    };
    while (count < parts.size() && is_shared()) ++count;
    names[folder] = tail(parts, count);
  }
  return names;
}

std::string one_cell(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

}  // namespace

std::string safe_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool keep = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
    if (keep || (!name.empty() && name.back() != '-')) name += keep ? c : '-';
  }
  name = name.substr(0, kLongestName);
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name;
}

std::vector<std::string> dicom_case_names(const std::vector<DicomSeries>& series,
                                          const fs::path& source) {
  std::set<fs::path> folders;
  std::map<fs::path, int> series_of_folder;
  for (const DicomSeries& one : series) {
    folders.insert(folder_of(one));
    ++series_of_folder[folder_of(one)];
  }
  const auto folder_names = names_of_folders(folders, source);
  std::set<std::string> used;
  std::vector<std::string> names;
  for (const DicomSeries& one : series) {
    const fs::path folder = folder_of(one);
    std::string base = folder_names.at(folder);
    const std::string description = safe_name(one.description);
    if (series_of_folder.at(folder) > 1 && !description.empty()) {
      base += (base.empty() ? "" : "-") + description;
    }
    if (base.empty()) base = "series";
    std::string name = base;
    for (int number = 2; !used.insert(name).second; ++number) {
      name = base + "-" + std::to_string(number);
    }
    names.push_back(std::move(name));
  }
  return names;
}

std::string dicom_table(const std::vector<DicomRecord>& records) {
  std::string text =
      "case\tstudy_instance_uid\tseries_instance_uid\tseries_description\tfiles\tfolder\n";
  for (const DicomRecord& one : records) {
    text += one.id + "\t" + one_cell(one.study_uid) + "\t" + one_cell(one.series.uid) + "\t" +
            one_cell(one.series.description) + "\t" + std::to_string(one.series.files.size()) +
            "\t" + one_cell(folder_of(one.series).string()) + "\n";
  }
  return text;
}

}  // namespace medcl
