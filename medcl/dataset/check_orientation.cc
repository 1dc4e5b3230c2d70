// SPDX-License-Identifier: Apache-2.0
// In which orders of axes the scans of a dataset are stored, and what becomes of them.

#include <algorithm>
#include <map>

#include "medcl/dataset/check_files.h"
#include "medcl/dataset/check_rules.h"
#include "medcl/dataset/orientation.h"
#include "medcl/image/axis_order.h"

namespace medcl {
namespace {

constexpr double kThickRatio = 1.5;  // spacing across slices to the largest within them

/// "PSR 16, LSP 9", the most frequent first.
std::string counted(const std::map<std::string, std::int64_t>& orders) {
  std::vector<std::pair<std::string, std::int64_t>> sorted(orders.begin(), orders.end());
  std::ranges::stable_sort(sorted, std::ranges::greater{},
                           [](const auto& one) { return one.second; });
  std::string text;
  for (const auto& [order, count] : sorted) {
    text += (text.empty() ? "" : ", ") + order + " " + std::to_string(count);
  }
  return text;
}

void check_stored_orders(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                         const std::string& orientation, Findings& findings) {
  std::map<std::string, std::int64_t> orders;
  for (const CaseFacts& one : facts) {
    if (one.grid) ++orders[axis_codes(*one.grid)];
  }
  if (orders.size() < 2) return;
  const bool array = orientation == "array";
  add_finding(findings, array ? Severity::kWarning : Severity::kInfo, "axis-orders",
              {"axes are stored in " + std::to_string(orders.size()) + " orders",
               in_root(dataset, "imagesTr"), "", counted(orders),
               array ? "orientation is array: right only where slices look alike as they are stored"
                     : "prepared into one: " + orientation});
}

/// Nothing, or how far the slices of the scan are from those that the network sees.
void check_plane(const Geometry& grid, const std::string& where, const std::string& orientation,
                 Findings& findings) {
  const auto own = slice_axis_of(grid);
  if (!own) return;
  const std::size_t seen = orientation == "array" ? 2 : order_towards(grid, orientation).axis[2];
  const Point3 spacing_mm = grid.spacing_mm();
  const double others = std::max(spacing_mm[(*own + 1) % 3], spacing_mm[(*own + 2) % 3]);
  const bool clear = grid.size[*own] == 1 || spacing_mm[*own] > kThickRatio * others;
  if (*own == seen || !clear) return;
  add_finding(
      findings, Severity::kWarning, "slice-axis",
      {"the network does not see the slices that were acquired", where,
       "the largest spacing across axis " + std::to_string(seen + 1) + " (" + orientation + ")",
       std::to_string(spacing_mm[*own]) + " mm on axis " + std::to_string(*own + 1),
       orientation == "array"
           ? "remove \"orientation\": \"array\", or store slices along the third axis"
           : "leave the scan out, or train on scans of its plane apart"});
}

}  // namespace

void check_orientation(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                       Findings& findings) {
  std::string orientation = dataset.orientation;
  if (orientation.empty() || orientation == "anatomical") {
    std::vector<PlaneEvidence> scans;
    for (const CaseFacts& one : facts) {
      if (one.grid && !one.test) scans.push_back(one.planes);
    }
    orientation = chosen_orientation(scans);
  }
  check_stored_orders(dataset, facts, orientation, findings);
  for (const CaseFacts& one : facts) {
    if (one.grid) check_plane(*one.grid, one.image_file, orientation, findings);
  }
}

}  // namespace medcl
