// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/case_listing.h"

#include <algorithm>

namespace medcl {
namespace {

namespace fs = std::filesystem;
using Kind = FolderEntry::Kind;

std::string link_target(const fs::path& link) {
  std::error_code error;
  const fs::path target = fs::read_symlink(link, error);
  return error ? "" : "a link to " + target.string();
}

}  // namespace

std::string file_name(const fs::path& path) { return path.filename().string(); }

NameParts parts_of_name(const std::string& name, const std::string& ending) {
  if (name.size() > ending.size() && name.ends_with(ending)) {
    return {name.substr(0, name.size() - ending.size()), ending};
  }
  return split_image_name(name);
}

bool is_passed_over(const std::string& name, const std::string& ending) {
  if (name.front() == '.') return true;
  const std::size_t kept = name.rfind(".orig");
  return kept != std::string::npos && !parts_of_name(name.substr(0, kept), ending).ending.empty();
}

void add_listing_finding(Findings& findings, Severity severity, const char* id,
                         const Problem& problem) {
  findings.push_back({severity, id, problem, false});
}

bool is_file(const FolderEntry& entry, Findings& findings) {
  if (entry.kind == Kind::kBrokenLink) {
    add_listing_finding(findings, Severity::kError, "broken-link",
                        {"link to a file that does not exist", entry.path.string(), "a file",
                         link_target(entry.path), "restore the file or remove the link"});
  } else if (entry.kind != Kind::kFile) {
    add_listing_finding(
        findings, Severity::kError, "not-a-file",
        {"named like an image, but no file", entry.path.string(), "a file",
         entry.kind == Kind::kFolder ? "a folder" : "a pipe, socket or device", "remove it"});
  }
  return entry.kind == Kind::kFile;
}

std::optional<fs::path> choose_file(const std::vector<fs::path>& files, const std::string& ending,
                                    Findings& findings) {
  const auto exact = std::find_if(files.begin(), files.end(), [&](const fs::path& file) {
    return file_name(file).ends_with(ending);
  });
  if (exact == files.end() && files.size() > 1) {
    add_listing_finding(
        findings, Severity::kError, "ambiguous-file",
        {"two files of one name and none with the ending of dataset.json", files[0].string(),
         ending, file_name(files[0]) + " and " + file_name(files[1]),
         "remove one or correct its name"});
    return std::nullopt;
  }
  const fs::path& chosen = exact == files.end() ? files.front() : *exact;
  if (exact == files.end()) {
    add_listing_finding(findings, Severity::kInfo, "other-ending",
                        {"read under another ending than that of dataset.json", chosen.string(),
                         ending, file_name(chosen), "rename it, other programs will not find it"});
  }
  for (const fs::path& file : files) {
    if (file == chosen) continue;
    add_listing_finding(findings, Severity::kWarning, "unused-file",
                        {"not used: another file of that name is", file.string(), "",
                         file_name(chosen), "remove one of them"});
  }
  return chosen;
}

void add_foreign(const FolderEntry& entry, Findings& findings) {
  add_listing_finding(findings, Severity::kInfo, "foreign-file",
                      {entry.kind == Kind::kFolder ? "a folder, left out" : "no image, left out",
                       entry.path.string(), "", "", ""});
}

}  // namespace medcl
