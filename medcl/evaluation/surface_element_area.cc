// SPDX-License-Identifier: Apache-2.0
// Areas of marching-cubes cells; the rules are in surface_distance.h.

#include <bit>
#include <cmath>
#include <map>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/evaluation/surface_distance.h"

namespace medcl {
namespace {

/// Doubled coordinates inside the cell: corners are 0 or 2, middles of edges have one 1.
using Vertex = std::array<int, 3>;
using Polygon = std::vector<Vertex>;
using Triangle = std::array<Vertex, 3>;
using Triangles = std::vector<Triangle>;

bool is_set(unsigned code, const Vertex& corner) {
  return (code >> (corner[0] / 2 + corner[1] + 2 * corner[2]) & 1U) != 0;
}

Vertex middle(const Vertex& a, const Vertex& b) {
  return {(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2};
}

using Neighbours = std::map<Vertex, std::vector<Vertex>>;

/// Adds the lines in which the surface meets one face of the cell.
void cut_face(unsigned code, int axis, int side, Neighbours& neighbours) {
  std::array<Vertex, 4> corner{};
  constexpr std::array<std::array<int, 2>, 4> kAround{{{0, 0}, {0, 2}, {2, 2}, {2, 0}}};
  for (std::size_t n = 0; n < 4; ++n) {
    corner[n][axis] = side;
    corner[n][(axis + 1) % 3] = kAround[n][0];
    corner[n][(axis + 2) % 3] = kAround[n][1];
  }
  std::vector<Vertex> cuts;
  for (std::size_t n = 0; n < 4; ++n) {
    if (is_set(code, corner[n]) != is_set(code, corner[(n + 1) % 4])) {
      cuts.push_back(middle(corner[n], corner[(n + 1) % 4]));
    }
  }
  if (cuts.size() == 4 && is_set(code, corner[0])) {
    // Each line must go round a set corner: around corner 0 run the last edge and the first.
    std::swap(cuts[1], cuts[3]);
  }
  for (std::size_t n = 0; n + 1 < cuts.size(); n += 2) {
    neighbours[cuts[n]].push_back(cuts[n + 1]);
    neighbours[cuts[n + 1]].push_back(cuts[n]);
  }
}

std::vector<Polygon> polygons_of(unsigned code) {
  Neighbours open;
  for (int axis = 0; axis < 3; ++axis) {
    cut_face(code, axis, 0, open);
    cut_face(code, axis, 2, open);
  }
  std::vector<Polygon> polygons;
  while (!open.empty()) {
    Polygon polygon;
    for (Vertex at = open.begin()->first; open.count(at) != 0;) {
      const std::vector<Vertex> next = open.at(at);
      open.erase(at);
      polygon.push_back(at);
      at = open.count(next[0]) != 0 ? next[0] : next[1];
    }
    polygons.push_back(std::move(polygon));
  }
  return polygons;
}

double area_of(const Triangle& t, const Point3& spacing_mm) {
  Point3 a{}, b{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    a[axis] = 0.5 * (t[1][axis] - t[0][axis]) * spacing_mm[axis];
    b[axis] = 0.5 * (t[2][axis] - t[0][axis]) * spacing_mm[axis];
  }
  return 0.5 * std::hypot(a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
                          a[0] * b[1] - a[1] * b[0]);
}

double area_of(const Triangles& triangles, const Point3& spacing_mm) {
  double area = 0;
  for (const Triangle& triangle : triangles) {
    area += area_of(triangle, spacing_mm);
  }
  return area;
}

/// Of all ways to cut polygon[first..last] into triangles, the one with the largest area at unit
/// spacing. Its parts must be largest as well, so that trying every triangle on one edge is enough.
Triangles largest_cut(const Polygon& polygon, std::size_t first, std::size_t last) {
  Triangles best;
  double best_area = -1;
  for (std::size_t apex = first + 1; apex < last; ++apex) {
    Triangles cut = largest_cut(polygon, first, apex);
    const Triangles rest = largest_cut(polygon, apex, last);
    cut.insert(cut.end(), rest.begin(), rest.end());
    cut.push_back({polygon[first], polygon[apex], polygon[last]});
    const double area = area_of(cut, {1, 1, 1});
    if (area > best_area + 1e-9) {
      best_area = area;
      best = std::move(cut);
    }
  }
  return best;
}

std::array<Triangles, 256> make_cells() {
  std::array<Triangles, 256> cells;
  for (unsigned code = 1; code < 255; ++code) {
    const unsigned smaller = std::popcount(code) <= 4 ? code : 255U - code;
    for (const Polygon& polygon : polygons_of(smaller)) {
      const Triangles cut = largest_cut(polygon, 0, polygon.size() - 1);
      cells[code].insert(cells[code].end(), cut.begin(), cut.end());
    }
  }
  return cells;
}

}  // namespace

std::array<double, 256> surface_element_areas_mm2(const Point3& spacing_mm) {
  static const std::array<Triangles, 256> cells = make_cells();
  std::array<double, 256> areas{};
  for (std::size_t code = 0; code < 256; ++code) {
    areas[code] = area_of(cells[code], spacing_mm);
  }
  return areas;
}

}  // namespace medcl
