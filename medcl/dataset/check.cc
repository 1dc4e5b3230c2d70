// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/check.h"

#include <algorithm>
#include <map>

#include "medcl/core/error.h"
#include "medcl/core/sha256.h"
#include "medcl/dataset/check_case.h"
#include "medcl/dataset/check_rules.h"
#include "medcl/image/picture.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

void append(Findings& findings, const Findings& more) {
  findings.insert(findings.end(), more.begin(), more.end());
}

/// A copy beside the file, "x.orig", "x.orig.2" ...: no earlier copy is replaced, and none is made
/// of what is kept already. Returns its name.
std::string keep_original(const fs::path& path) {
  const std::string hash = sha256_of_file(path);
  fs::path original = path;
  original += ".orig";
  for (int number = 2; fs::exists(original); ++number) {
    if (sha256_of_file(original) == hash) return original.filename().string();
    original = path;
    original += ".orig." + std::to_string(number);
  }
  std::error_code error;
  fs::create_hard_link(path, original, error);  // the repair replaces the name, not the content
  if (error) fs::copy_file(path, original);
  return original.filename().string();
}

Finding fixed(const std::string& what, const fs::path& path, const std::string& note) {
  return {Severity::kInfo, "fixed-label-geometry", {what, path.string(), "", note, ""}, false};
}

/// A picture says neither places nor axes: of its geometry only the size of a pixel can be
/// repaired, in the JSON file beside it.
Finding fix_picture(const fs::path& path, const Geometry& image, LabelAlignment alignment) {
  if (alignment != LabelAlignment::kIndex) {
    fail(ErrorCode::kInvalidData,
         {.what = "a picture says no place in the world, so that there is none to trust",
          .where = path.string(),
          .expected = "--alignment index, or label files of another kind",
          .found = {},
          .remedy = "--alignment index writes the size of the image's pixels into " +
                    picture_spacing_file(path).filename().string()});
  }
  static_cast<void>(labels_on_grid(path, image, alignment, 0));  // throws for another size
  const fs::path file = picture_spacing_file(path);
  const std::string note = fs::exists(file) ? "the old file is " + keep_original(file) : "";
  write_picture_spacing(path, image.spacing_mm());
  return fixed("size of the image's pixels written into " + file.filename().string(), path, note);
}

Finding fix_labels(const Case& one, const Dataset& dataset, LabelAlignment alignment) {
  const fs::path& path = *one.labels;
  const Loaded<float> image = read_channels(one.images.front()).front();
  if (is_picture_path(path)) return fix_picture(path, image.volume.geometry, alignment);
  const Labels labels = labels_on_grid(path, image.volume.geometry, alignment,
                                       dataset.labels.ignore_value.value_or(0));
  const std::string original = keep_original(path);
  write_labels(path, labels, image.source);
  const char* what =
      alignment == LabelAlignment::kIndex   ? "geometry of the image written into the labels"
      : alignment == LabelAlignment::kWorld ? "labels resampled onto the image, nearest voxel"
                                            : "labels stored in the axis order of the image";
  return fixed(what, path, "the old file is " + original);
}

/// What to do with each label file that can be repaired.
std::map<std::string, LabelAlignment> planned_fixes(const Findings& findings,
                                                    LabelAlignment alignment) {
  std::map<std::string, LabelAlignment> plan;
  for (const Finding& one : findings) {
    if (one.id == "label-axis-order") plan[one.problem.where] = LabelAlignment::kUndecided;
    if (one.id != "label-geometry") continue;
    const LabelAlignment chosen = one.fixable ? LabelAlignment::kIndex : alignment;
    if (chosen != LabelAlignment::kUndecided) plan[one.problem.where] = chosen;
  }
  return plan;
}

}  // namespace

Findings check_case(const Case& one, const Dataset& dataset) {
  return inspect_case(one, dataset, false).findings;
}

Findings check_dataset(const Dataset& dataset, const CheckProgress& progress) {
  const auto total = static_cast<std::int64_t>(dataset.cases.size() + dataset.test_cases.size());
  std::vector<CaseFacts> facts;
  Findings findings;
  for (const bool test : {false, true}) {
    for (const Case& one : test ? dataset.test_cases : dataset.cases) {
      facts.push_back(inspect_case(one, dataset, test));
      append(findings, facts.back().findings);
      if (progress) progress(static_cast<std::int64_t>(facts.size()), total);
    }
  }
  check_listing(dataset, findings);
  check_annotation(dataset, facts, findings);
  check_habits(dataset, facts, findings);
  check_splits(dataset, facts, findings);
  check_orientation(dataset, facts, findings);
  check_categories(dataset, facts, findings);
  check_duplicates(dataset, facts, findings);
  check_intensities(dataset, facts, findings);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return static_cast<int>(a.severity) > static_cast<int>(b.severity);
  });
  return findings;
}

Findings fix_dataset(const Dataset& dataset, const Findings& findings, LabelAlignment alignment) {
  const auto plan = planned_fixes(findings, alignment);
  Findings done;
  for (const auto* list : {&dataset.cases, &dataset.test_cases}) {
    for (const Case& one : *list) {
      const auto planned = one.labels ? plan.find(one.labels->string()) : plan.end();
      if (planned == plan.end()) continue;
      try {
        done.push_back(fix_labels(one, dataset, planned->second));
      } catch (const std::exception& error) {
        done.push_back({Severity::kError,
                        "not-fixed",
                        {"could not be repaired", one.labels->string(), "", error.what(), ""},
                        false});
      }
    }
  }
  return done;
}

bool has_errors(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& one) { return one.severity == Severity::kError; });
}

}  // namespace medcl
