// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <new>

#include "medcl/core/error.h"
#include "medcl/dataset/check_files.h"
#include "medcl/dataset/relabel_command.h"
#include "medcl/image/axis_order.h"
#include "medcl/image/components.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSpeckVoxels = 3;

/// Neither the header nor the array of a label file says alone where it belongs.
void ask_for_alignment(const fs::path& path, const std::string& different, Findings& findings) {
  add_finding(
      findings, Severity::kError, "label-geometry",
      {"labels lie on another grid than the image", path.string(), "", different,
       "if the arrays fit (drawn on this image, header lost): medcl check --fix --alignment "
       "index; if the places in the world are right: --alignment world"});
}

/// Labels stored in another axis order come back reordered; those that cannot be brought onto the
/// image stay as they are.
void check_label_grid(const fs::path& path, Labels& labels, const Findings& orientation,
                      const Geometry& image, Findings& findings) {
  if (!orientation.empty()) {  // with both matrices, so that one can see which is wrong
    const Problem& problem = orientation.front().problem;
    const bool fits = labels.geometry.size == image.size;
    if (fits && orientation.front().id == "no-orientation") {
      add_finding(findings, Severity::kError, "label-geometry",
                  {"labels lie on another grid than the image", path.string(), "", problem.what,
                   "the arrays fit, and the header says nothing: medcl check --fix writes the "
                   "geometry of the image into the labels"},
                  true);
      return;
    }
    if (fits) {
      ask_for_alignment(path, problem.what + ": " + problem.found, findings);
      return;
    }
  }
  const std::string stored = axis_codes(labels.geometry);
  const std::string different = difference(labels.geometry, image);
  if (different.empty()) return;
  if (orientation.empty() && bring_onto(image, labels)) {
    add_finding(
        findings, Severity::kInfo, "label-axis-order",
        {"stored in another axis order than the image: reordered on reading", path.string(),
         axis_codes(image), stored, "nothing to do; medcl check --fix stores it as the image"},
        true);
  } else if (labels.geometry.size == image.size) {
    ask_for_alignment(path, different, findings);
  } else {
    add_finding(findings, Severity::kError, "label-size",
                {"labels and image differ in size", path.string(), "", different,
                 "redraw or resample the labels on this image"});
  }
}

/// Tiny islands apart from the rest of a dense mask: slips of the pen, and HD is sensitive to them.
void check_specks(const std::vector<std::uint8_t>& indices, const Size3& size,
                  const std::string& where, Findings& findings) {
  std::vector<std::uint8_t> mask(indices.size());
  std::transform(indices.begin(), indices.end(), mask.begin(),
                 [](std::uint8_t index) { return index != 0 ? 1 : 0; });
  const Components parts = connected_components(mask, size, Connectivity::kFaces);
  const auto specks = std::count_if(parts.voxel_counts.begin(), parts.voxel_counts.end(),
                                    [](std::int64_t count) { return count <= kSpeckVoxels; });
  if (specks == 0 || parts.voxel_counts.size() == static_cast<std::size_t>(specks)) return;
  add_finding(
      findings, Severity::kWarning, "label-specks",
      {"isolated label voxels", where, "connected structures",
       std::to_string(specks) + " parts of at most " + std::to_string(kSpeckVoxels) + " voxels",
       "look at them; remove them if they are slips"});
}

void check_storage(const SourceHeader& source, const std::string& where, Findings& findings) {
  if (!source.nifti) return;
  const NiftiType type = source.nifti->datatype;
  if (type != NiftiType::kFloat32 && type != NiftiType::kFloat64) return;
  add_finding(findings, Severity::kInfo, "labels-stored-as-float",
              {"labels stored as floating-point numbers", where, "an integer type", "", ""});
}

/// How to give one value that no class has a meaning; empty for several. What covers most of a file
/// is what nobody drew; 0 is drawn background unless it is that.
std::string meaning_of_unknown(const Labels& labels, const Dataset& dataset) {
  std::map<std::int32_t, std::size_t> unknown;
  std::size_t zeros = 0;
  for (const std::int32_t value : labels.voxels) {
    zeros += value == 0 ? 1 : 0;
    const bool known = dataset.labels.index_of_value(value) || value == dataset.labels.ignore_value;
    if (!known) ++unknown[value];
    if (unknown.size() > 1) return "";
  }
  const auto [number, count] = *unknown.begin();
  const std::string value = std::to_string(number);
  if (2 * count > labels.voxels.size()) {
    return "if it is what nobody drew: " + relabel_command(dataset.root, value + "=ignore");
  }
  if (2 * zeros > labels.voxels.size()) {
    return "if it is background that was drawn, and 0 what was not: " +
           relabel_command(dataset.root, "0=ignore," + value + "=background");
  }
  return "correct the file, or, if nobody knows what is there: " +
         relabel_command(dataset.root, value + "=ignore");
}

void count_classes(const Labels& labels, const Dataset& dataset, const fs::path& path,
                   CaseFacts& facts) {
  const auto classes = static_cast<std::size_t>(dataset.labels.class_count());
  std::vector<std::uint8_t> indices;
  try {
    indices = to_class_indices(labels, dataset.labels, path.string());
  } catch (const Error& error) {
    add_read_error(facts.findings, error, path, "label-outside-map");
    facts.findings.back().problem.remedy = meaning_of_unknown(labels, dataset);
    return;
  }
  facts.class_voxels.assign(classes, 0);
  for (const std::uint8_t index : indices) {
    ++(index == kNotAnnotated ? facts.ignored_voxels : facts.class_voxels[index]);
  }
  facts.categories = categories_from_labels(
      indices, labels.geometry.size, dataset.labels.class_count(), dataset.complete_scribbles);
  facts.labels_usable = true;
  if (facts.image && facts.image->voxels.size() == indices.size()) {
    facts.habit = habit_of(indices, *facts.image, dataset.labels.ignore_value.has_value());
  }
  if (facts.grid && facts.grid->size == labels.geometry.size) {
    add_scribbles(facts.planes, *facts.grid, indices);
  }
  if (facts.ignored_voxels == 0) {
    check_specks(indices, labels.geometry.size, path.string(), facts.findings);
  }
  if (facts.annotated_voxels() == 0) {
    add_finding(
        facts.findings, Severity::kWarning, "empty-scribble",
        {"no voxel is annotated", path.string(), "", "", "draw scribbles or remove the file"});
  } else if (facts.ignored_voxels > 0 && facts.class_voxels[0] == 0) {
    add_finding(facts.findings, Severity::kWarning, "no-background-scribble",
                {"scribbles without background", path.string(), "", "",
                 "draw some background; else nothing says where the structures end"});
  }
}

/// What is wrong with labels that could not be read as labels: their unit or the number of their
/// dimensions, else their values.
const char* content_rule(const fs::path& path, const Findings& orientation) {
  try {
    const std::size_t volumes = read_channels(path, tolerant(orientation)).size();
    return volumes == 1 ? "label-not-integer" : "label-dimensions";
  } catch (const Error&) {
    const bool unit = !orientation.empty() && orientation.front().id == "unit-not-mm";
    return unit ? "unit-not-mm" : "label-dimensions";
  }
}

}  // namespace

void inspect_labels(const Case& one, const Dataset& dataset, CaseFacts& facts) {
  const fs::path& path = *one.labels;
  const Findings orientation = orientation_errors(path);
  try {
    auto loaded = read_labels(path, tolerant(orientation));
    for (const Finding& finding : loaded.findings) {
      if (finding.id == "labels-rounded") facts.findings.push_back(finding);
    }
    check_storage(loaded.source, path.string(), facts.findings);
    if (facts.grid) {
      check_label_grid(path, loaded.volume, orientation, *facts.grid, facts.findings);
    } else {  // an image that cannot be read hides nothing of its labels
      facts.findings.insert(facts.findings.end(), orientation.begin(), orientation.end());
    }
    count_classes(loaded.volume, dataset, path, facts);
  } catch (const Error& error) {
    const bool content = error.code() == ErrorCode::kInvalidData;
    add_read_error(facts.findings, error, path,
                   content ? content_rule(path, orientation) : "unreadable");
  } catch (const std::bad_alloc& error) {
    add_read_error(facts.findings, error, path, "unreadable");
  }
}

}  // namespace medcl
