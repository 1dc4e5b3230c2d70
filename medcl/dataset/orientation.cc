// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/orientation.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/dataset/read_case.h"
#include "medcl/dataset/stroke_planes.h"
#include "medcl/image/axis_order.h"

namespace medcl {
namespace {

using Axes = std::vector<std::size_t>;

constexpr double kFewPlanes = 0.5;  // of the share of every other axis

/// The axes across which most scans were acquired; all of them when no scan says.
Axes most_frequent(const std::vector<PlaneEvidence>& scans) {
  std::array<std::int64_t, 3> votes{};
  for (const PlaneEvidence& one : scans) {
    if (one.slice_axis) ++votes[*one.slice_axis];
  }
  Axes axes;
  for (const std::size_t axis : {2U, 1U, 0U}) {
    if (votes[axis] == *std::ranges::max_element(votes)) axes.push_back(axis);
  }
  return axes;
}

/// The axis of which few planes hold a scribble, if there is one among `candidates`.
std::optional<std::size_t> drawn_across(const std::vector<PlaneEvidence>& scans,
                                        const Axes& candidates) {
  std::array<double, 3> planes{}, scribbled{}, share{};
  std::array<std::int64_t, 3> inner{};
  std::int64_t annotated = 0;
  for (const PlaneEvidence& one : scans) {
    annotated += one.annotated;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      inner[axis] += one.inner_voxels[axis];
      planes[axis] += static_cast<double>(one.planes[axis]);
      scribbled[axis] += static_cast<double>(one.scribbled_planes[axis]);
    }
  }
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (planes[axis] == 0) return std::nullopt;
    share[axis] = scribbled[axis] / planes[axis];
  }
  for (const std::size_t axis : candidates) {
    const bool few = std::ranges::all_of(candidates, [&](std::size_t other) {
      return other == axis || share[axis] <= kFewPlanes * share[other];
    });
    if (few && are_thin(inner[axis], annotated)) return axis;
  }
  return std::nullopt;
}

/// Scribbles are read only where the planes of the scans do not decide.
std::vector<PlaneEvidence> evidence_of(const Dataset& dataset, const std::string& assume) {
  const ReadOptions options{.assume = assume, .limits = {}};
  std::vector<Geometry> grids;
  std::vector<PlaneEvidence> scans;
  for (const Case& one : dataset.cases) {
    grids.push_back(read_geometry(one.images.front(), options));
    scans.push_back(plane_evidence(grids.back()));
  }
  if (most_frequent(scans).size() == 1) return scans;
  for (std::size_t i = 0; i < scans.size(); ++i) {
    const Case& one = dataset.cases[i];
    if (!one.labels) continue;
    add_scribbles(scans[i], grids[i], read_labels_of_case(one, dataset, grids[i], assume));
  }
  return scans;
}

}  // namespace

PlaneEvidence plane_evidence(const Geometry& scan) {
  PlaneEvidence evidence;
  if (const auto axis = slice_axis_of(scan)) {
    evidence.slice_axis = nearest_world_axes(scan)[*axis];
  }
  return evidence;
}

void add_scribbles(PlaneEvidence& evidence, const Geometry& scan,
                   std::span<const std::uint8_t> class_indices) {
  check(static_cast<std::int64_t>(class_indices.size()) == scan.voxel_count(),
        "labels do not fit the scan");
  if (std::ranges::find(class_indices, kNotAnnotated) == class_indices.end()) return;
  const auto drawn = planes_with_strokes(class_indices, scan.size);
  const auto world_of = nearest_world_axes(scan);
  const auto inner = has_whole_planes_only(class_indices, scan.size)
                         ? std::array<std::int64_t, 3>{}
                         : inner_voxels(class_indices, scan.size);
  evidence.annotated +=
      std::ssize(class_indices) - std::ranges::count(class_indices, kNotAnnotated);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    evidence.inner_voxels[world_of[axis]] += inner[axis];
    evidence.planes[world_of[axis]] += scan.size[axis];
    evidence.scribbled_planes[world_of[axis]] += std::ranges::count(drawn[axis], true);
  }
}

std::string orientation_across(std::size_t world_axis) {
  constexpr std::array kCodes{"ASR", "RSA", "RAS"};
  return kCodes.at(world_axis);
}

std::string chosen_orientation(const std::vector<PlaneEvidence>& scans) {
  const Axes candidates = most_frequent(scans);
  std::size_t slice_axis = candidates.front();
  if (candidates.size() > 1) slice_axis = drawn_across(scans, candidates).value_or(slice_axis);
  return orientation_across(slice_axis);
}

bool is_orientation(const std::string& text) {
  return text == "auto" || text == "anatomical" || text == "array" || is_axis_codes(text);
}

std::string settled_orientation(const Dataset& dataset, const std::string& asked,
                                const std::string& assume) {
  if (!is_orientation(asked)) {
    fail(ErrorCode::kUsage,
         {.what = "unknown orientation",
          .where = "prepare.orientation",
          .expected = "auto, anatomical, array, or the directions of the axes such as RAS",
          .found = asked,
          .remedy = ""});
  }
  std::string wanted = asked;
  if (wanted == "auto") wanted = dataset.orientation.empty() ? "anatomical" : dataset.orientation;
  return wanted == "anatomical" ? chosen_orientation(evidence_of(dataset, assume)) : wanted;
}

}  // namespace medcl
