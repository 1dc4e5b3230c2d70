// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/sources.h"

#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/core/names.h"
#include "medcl/dataset/dicom_names.h"
#include "medcl/dataset/import_job.h"
#include "medcl/dataset/intake/found_files.h"
#include "medcl/image/nrrd_segments.h"
#include "medcl/image/picture.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// Without a separator at its end.
fs::path normal(const fs::path& path) {
  const fs::path whole = path.lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

fs::path plain(const fs::path& path) { return normal(fs::absolute(path)); }

/// The deepest folder that holds both.
fs::path common_folder(const fs::path& a, const fs::path& b) {
  fs::path common;
  auto mine = a.begin();
  auto other = b.begin();
  for (; mine != a.end() && other != b.end() && *mine == *other; ++mine, ++other) common /= *mine;
  return common;
}

/// Whether `path` is in `folder`, however deep, or is it.
bool is_below(const fs::path& path, const fs::path& folder) {
  return common_folder(path, folder) == folder;
}

/// The inputs, and the files and folders that a role was given without being among them.
std::vector<fs::path> with_those_of_a_role(std::vector<fs::path> inputs,
                                           const SourceOptions& options) {
  for (const auto* names : {&options.images, &options.labels}) {
    for (const std::string& name : *names) {
      const fs::path one(name);
      const bool is_known = std::ranges::any_of(
          inputs, [&](const fs::path& input) { return is_below(plain(one), plain(input)); });
      if (!is_known && is_there(one)) inputs.push_back(one);
    }
  }
  return inputs;
}

/// "x" for x.nii.gz and, as the ending of 3D Slicer, "x.seg" for x.seg.nrrd.
fs::path without_ending(const fs::path& path) {
  return path.parent_path() / split_readable_name(path).stem;
}

/// Whether `text` ends in digits, and where they begin.
std::size_t digits_at(const std::string& text) {
  std::size_t at = text.size();
  while (at > 0 && std::isdigit(static_cast<unsigned char>(text[at - 1])) != 0) --at;
  return at;
}

/// "s2" before "s10".
bool in_order_of_numbers(const fs::path& a, const fs::path& b) {
  const std::string left = split_readable_name(a).stem, right = split_readable_name(b).stem;
  const std::size_t i = digits_at(left), j = digits_at(right);
  if (left.substr(0, i) != right.substr(0, j)) return left < right;
  if (left.size() - i != right.size() - j) return left.size() - i < right.size() - j;
  return left < right;
}

/// Pictures of one folder as one source.
void join_stacks(std::vector<Source>& sources) {
  std::map<std::pair<fs::path, bool>, Source> stacks;  // images and labels of a folder apart
  for (const Source& one : sources) {
    if (!one.is_picture()) continue;
    const bool labels = !name_words(without_ending(one.path.filename())).label_word.empty();
    stacks[{one.path.parent_path(), labels}].slices.push_back(one.path);
  }
  std::erase_if(sources, [](const Source& one) { return one.is_picture(); });
  for (auto& [kind, stack] : stacks) {
    std::sort(stack.slices.begin(), stack.slices.end(), in_order_of_numbers);
    stack.path = stack.slices.front();
    sources.push_back(std::move(stack));
  }
}

void add_series(SourceList& list, const fs::path& folder, const SourceOptions& options) {
  const DicomFolder found = scan_dicom_folder(folder);
  for (Finding& one : unreadable_findings(found)) list.findings.push_back(std::move(one));
  ImportOptions wanted;
  wanted.series = options.series;
  wanted.merge_series = options.merge_series;
  const std::vector<DicomSeries> all = wanted_series(folder, wanted, found);
  const std::vector<std::string> names = dicom_case_names(all, folder);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Source source{.path = all[i].files.front(), .series = all[i]};
    source.words = source.own_words = name_words(names[i]).words;
    source.why =
        all[i].description.empty() ? "DICOM series" : "DICOM series \"" + all[i].description + "\"";
    source.why += ", " + std::to_string(all[i].files.size()) +
                  (all[i].files.size() == 1 ? " slice" : " slices");
    list.sources.push_back(std::move(source));
  }
}

void find_root(SourceList& list) {
  for (const Source& one : list.sources) {
    const fs::path folder = plain(one.path).parent_path();
    list.root = list.root.empty() ? folder : common_folder(list.root, folder);
  }
}

/// Whether a file is meant by a path, a folder above it or a pattern.
bool is_meant(const Source& source, const std::string& pattern) {
  const fs::path path = plain(source.path), named = plain(pattern);
  if (is_below(normal(source.shown), normal(pattern)) && !is_there(pattern)) {
    return true;
  }
  if (pattern.find('*') != std::string::npos) {
    return ::fnmatch(pattern.c_str(), path.filename().c_str(), 0) == 0 ||
           ::fnmatch(pattern.c_str(), source.path.c_str(), 0) == 0 ||
           ::fnmatch(pattern.c_str(), source.shown.c_str(), 0) == 0 ||
           ::fnmatch(pattern.c_str(), joined_words(source.words).c_str(), 0) == 0;
  }
  return path == named || is_below(path, named) ||
         (path.filename() == pattern && !is_there(pattern));
}

void apply_roles(SourceList& list, const std::vector<std::string>& patterns, SourceRole role,
                 const std::string& option) {
  for (const std::string& pattern : patterns) {
    bool used = false;
    for (Source& one : list.sources) {
      if (one.role == SourceRole::kNames || !is_meant(one, pattern)) continue;
      one.role = role;
      one.why = "as " + option + " says";
      used = true;
    }
    if (used) continue;
    fail(ErrorCode::kUsage, {"none of the files is meant by it", option,
                             "a file, a folder, or a pattern such as '*_drawn*'", pattern, ""});
  }
}

/// What is known without asking anybody: by the content, the name, the folder.
void guess_role(Source& source, const fs::path& root) {
  const fs::path below = without_ending(plain(source.path).lexically_relative(root));
  source.shown = plain(source.path).lexically_relative(root).string();
  if (source.series) {
    const fs::path folder = fs::path(source.shown).parent_path();
    source.shown = (folder.empty() ? plain(source.path).parent_path().filename() : folder) / "";
    return;
  }
  const bool stack = !source.slices.empty();
  if (stack) source.shown = fs::path(source.shown).parent_path() / "";
  const NameWords names = name_words(below);
  source.own_words = name_words((stack ? below.parent_path() : below).filename()).words;
  source.words = stack ? name_words(below.parent_path()).words : names.words;
  if (!nrrd_segment_names(source.path).empty()) {
    source.role = SourceRole::kLabels;
    source.why = "labels: holds segments with names";
  } else if (!names.label_word.empty()) {
    source.role = SourceRole::kLabels;
    source.why = std::string("labels, by its ") + (names.by_folder ? "folder" : "name") + ": " +
                 names.label_word;
  } else {
    source.why = "image";
  }
  if (stack) source.why += ", " + std::to_string(source.slices.size()) + " slices";
}

void keep_only(SourceList& list, const std::string& text) {
  if (text.empty()) return;
  const std::string wanted = folded_name(text);
  for (Source& one : list.sources) {
    if (one.role != SourceRole::kImage) continue;
    const std::string description = one.series ? one.series->description : "";
    if (folded_name(one.shown + " " + description).find(wanted) != std::string::npos) continue;
    one.role = SourceRole::kLeftOut;
    one.why = "left out: no \"" + text + "\" in its name (--only)";
  }
}

/// A slice or two beside stacks are there for planning.
void leave_out_localisers(SourceList& list) {
  constexpr std::size_t kFewest = 3;
  const bool has_stacks = std::any_of(
      list.sources.begin(), list.sources.end(),
      [](const Source& one) { return one.series && one.series->files.size() >= kFewest; });
  for (Source& one : list.sources) {
    if (!has_stacks || !one.series || one.series->files.size() >= kFewest) continue;
    one.role = SourceRole::kLeftOut;
    one.why = "left out: too few slices beside stacks; " + one.why;
  }
}

}  // namespace

bool Source::is_picture() const { return is_picture_path(path); }

SourceList find_sources(const std::vector<fs::path>& inputs, const SourceOptions& options) {
  FoundFiles found = find_files(with_those_of_a_role(inputs, options));
  SourceList list;
  list.findings = std::move(found.findings);
  for (const fs::path& file : found.images) list.sources.push_back({.path = file});
  if (options.stack) join_stacks(list.sources);
  for (const fs::path& folder : found.dicom_folders) add_series(list, folder, options);
  find_root(list);
  for (Source& one : list.sources) guess_role(one, list.root);
  leave_out_localisers(list);
  apply_roles(list, options.images, SourceRole::kImage, "--images");
  apply_roles(list, options.labels, SourceRole::kLabels, "--labels");
  keep_only(list, options.only);
  for (const fs::path& file : found.names) {
    list.sources.push_back({.path = file,
                            .shown = file.filename().string(),
                            .role = SourceRole::kNames,
                            .why = "names of labels (ITK-SNAP)"});
  }
  return list;
}

}  // namespace medcl
