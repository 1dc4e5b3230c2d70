// SPDX-License-Identifier: Apache-2.0
#include "medcl/evaluation/evaluate_folder.h"

#include <algorithm>
#include <map>

#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/core/joined.h"
#include "medcl/core/system_error.h"
#include "medcl/dataset/dataset.h"
#include "medcl/image/axis_order.h"
#include "medcl/image/picture.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNamed = 10;

std::map<std::string, fs::path> images_of(const fs::path& folder) {
  std::error_code error;
  std::map<std::string, fs::path> images, pictures;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& path = entry->path();
    if (entry->is_directory()) continue;
    if (is_picture_path(path)) pictures.emplace(split_readable_name(path).stem, path);
    if (!is_image_path(path)) continue;
    const auto [other, is_new] = images.try_emplace(split_image_name(path).stem, path);
    if (!is_new) {
      fail(ErrorCode::kInvalidData,
           {.what = "two files of one case",
            .where = folder.string(),
            .expected = {},
            .found = other->second.filename().string() + " and " + path.filename().string(),
            .remedy = "remove one of them"});
    }
  }
  if (error) {
    fail_with_errno(error.value(), "cannot list the folder", folder);
  }
  if (images.empty()) images = std::move(pictures);  // beside volumes they are only to be looked at
  if (images.empty()) {
    fail(ErrorCode::kInvalidData, {.what = "no label files in the folder",
                                   .where = folder.string(),
                                   .expected = "<case>.nii.gz",
                                   .found = {},
                                   .remedy = {}});
  }
  return images;
}

/// Names in `a` that are not in `b`.
std::vector<std::string> only_in(const std::map<std::string, fs::path>& a,
                                 const std::map<std::string, fs::path>& b) {
  std::vector<std::string> names;
  for (const auto& [id, path] : a) {
    if (b.count(id) == 0) {
      names.push_back(id);
    }
  }
  return names;
}

/// Label values take four times the memory of class indices and are let go at once.
Grid<std::uint8_t> read_classes(const fs::path& path, const LabelMap& labels,
                                const std::string& what, const ReadOptions& read) {
  const Labels values = read_labels(path, read).volume;
  return {values.geometry, to_class_indices(values, labels, what)};
}

Point3 spacing_of_case(const std::string& id, const std::optional<Dataset>& dataset,
                       const Geometry& reference, const ReadOptions& read) {
  if (!dataset) {
    return reference.spacing_mm();
  }
  std::vector<const Case*> matches;
  for (const auto* list : {&dataset->cases, &dataset->test_cases}) {
    for (const Case& one : *list) {
      if (one.id == id) {
        matches.push_back(&one);
      }
    }
  }
  if (matches.empty()) {
    return reference.spacing_mm();
  }
  Geometry geometry = read_geometry(matches.front()->images.front(), read);
  if (const auto order = order_onto(geometry, reference)) geometry = reordered(geometry, *order);
  if (geometry.size != reference.size) {
    fail(ErrorCode::kInvalidData, {.what = "reference and image differ",
                                   .where = "case " + id,
                                   .expected = "one grid",
                                   .found = difference(geometry, reference),
                                   .remedy = {}});
  }
  return geometry.spacing_mm();
}

}  // namespace

std::vector<FilePair> match_files(const FolderPair& folders) {
  const auto predictions = images_of(folders.predictions);
  const auto references = images_of(folders.references);
  const auto surplus = only_in(predictions, references);
  if (!surplus.empty() && !folders.allow_missing) {
    fail(ErrorCode::kInvalidData,
         {.what = "predictions without a reference",
          .where = folders.predictions.string(),
          .expected = "one reference per prediction in " + folders.references.string(),
          .found = joined_up_to(kMostNamed, surplus),
          .remedy = "move them elsewhere, or leave them out: --allow-missing"});
  }
  const auto missing = only_in(references, predictions);
  if (!missing.empty() && !folders.allow_missing) {
    fail(ErrorCode::kInvalidData,
         {.what = "references without a prediction",
          .where = folders.predictions.string(),
          .expected = "one prediction per reference in " + folders.references.string(),
          .found = "none for " + joined_up_to(kMostNamed, missing),
          .remedy = "predict them, or score the others only: --allow-missing"});
  }
  std::vector<FilePair> pairs;
  for (const auto& [id, path] : predictions) {
    const auto reference = references.find(id);
    if (reference == references.end()) continue;
    pairs.push_back({.id = id, .prediction = path, .reference = reference->second});
  }
  if (pairs.empty()) {
    fail(ErrorCode::kInvalidData, {.what = "no case has a prediction and a reference",
                                   .where = folders.predictions.string(),
                                   .expected = "names as in " + folders.references.string(),
                                   .found = joined_up_to(kMostNamed, surplus),
                                   .remedy = ""});
  }
  return pairs;
}

LabelDescription find_label_description(const FolderPair& folders) {
  std::vector<fs::path> places;
  if (folders.dataset) {
    places = {*folders.dataset};
  } else {
    places = {folders.references, fs::absolute(folders.references).lexically_normal(),
              folders.predictions};
    places[1] = (places[1].has_filename() ? places[1] : places[1].parent_path()).parent_path();
  }
  for (const fs::path& place : places) {
    const fs::path file = place / "dataset.json";
    if (is_file(file)) {
      const Json description = read_json(file);
      if (description.contains("labels")) {
        return {LabelMap::from_json(description.at("labels"), file.string()),
                units_of(description)};
      }
    }
  }
  fail(ErrorCode::kUsage, {.what = "no dataset.json that names the labels",
                           .where = places.front().string(),
                           .expected = {},
                           .found = {},
                           .remedy = "give the dataset: --dataset FOLDER"});
}

Summary evaluate_folder(const FolderPair& folders, const EvaluateOptions& options,
                        const EvaluateProgress& progress) {
  const std::vector<FilePair> pairs = match_files(folders);
  const LabelDescription described = find_label_description(folders);
  const LabelMap& labels = described.labels;
  std::optional<Dataset> dataset;
  if (folders.dataset) {
    dataset = read_dataset(*folders.dataset);
  }
  // By index, the headers of label files do not matter.
  const ReadOptions read{.assume = options.alignment == "index" ? "spacing" : "", .limits = {}};
  std::vector<CaseResult> cases;
  DiceMeasure measure;
  for (const FilePair& pair : pairs) {
    const auto prediction =
        read_classes(pair.prediction, labels, "prediction of case " + pair.id, read);
    const auto reference =
        read_classes(pair.reference, labels, "reference of case " + pair.id, read);
    cases.push_back(evaluate_case(pair.id, prediction, reference,
                                  spacing_of_case(pair.id, dataset, reference.geometry, read),
                                  labels, options));
    measure.add(reference.voxels, reference.geometry.size);
    cases.back().prediction_file = pair.prediction;
    cases.back().reference_file = pair.reference;
    if (progress) {
      progress(static_cast<std::int64_t>(cases.size()), static_cast<std::int64_t>(pairs.size()));
    }
  }
  Summary summary = summarise(std::move(cases), labels, options);
  summary.units = described.units;
  summary.measure = measure.name();
  return summary;
}

}  // namespace medcl
