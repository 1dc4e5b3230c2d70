// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/stroke_objects.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include "medcl/core/error.h"
#include "medcl/dataset/label_map.h"
#include "medcl/dataset/moments.h"
#include "medcl/image/components.h"

namespace medcl {
namespace {

constexpr std::size_t kPointsCompared = 64;  // of a stroke
constexpr double kDeviations = 3;            // an intensity so near to the mean looks alike
constexpr double kLeastDeviation = 0.1;      // of that of all strokes together
constexpr double kTellsNothing = 0.5;        // so much of the other strokes looks alike
constexpr double kStrangeShare = 0.1;        // of a walk through one object
constexpr std::int64_t kStrangePixels = 2;

struct Point {
  std::int64_t x = 0, y = 0;
};

struct Slice {
  std::span<const std::uint8_t> indices;
  PlaneSize size;

  [[nodiscard]] std::size_t at(const Point& p) const {
    return static_cast<std::size_t>(p.y * size.width + p.x);
  }
};

/// One stroke: points of it, the box around it, and the diagonal of that.
struct Piece {
  std::vector<Point> points;
  MarkedBox box;
  double length = 0;
};

double distance(const Point& p, const Point& q) {
  return std::hypot(static_cast<double>(p.x - q.x), static_cast<double>(p.y - q.y));
}

Piece made_of(const std::vector<Point>& all) {
  Piece piece;
  for (const Point& p : all) piece.box.add(p.x, p.y);
  piece.length =
      std::hypot(static_cast<double>(piece.box.width()), static_cast<double>(piece.box.height()));
  const std::size_t count = std::min(all.size(), kPointsCompared);
  for (std::size_t n = 0; n < count; ++n) piece.points.push_back(all[n * all.size() / count]);
  return piece;
}

std::vector<Point> points_of(const Slice& slice, std::uint8_t index) {
  std::vector<Point> points;
  for (std::size_t p = 0; p < slice.indices.size(); ++p) {
    const auto place = static_cast<std::int64_t>(p);
    if (slice.indices[p] == index) {
      points.push_back({place % slice.size.width, place / slice.size.width});
    }
  }
  return points;
}

std::vector<Piece> pieces_of(const std::vector<Point>& points) {
  const auto [left, right] = std::ranges::minmax(points, {}, &Point::x);
  const auto [top, bottom] = std::ranges::minmax(points, {}, &Point::y);
  const Slice box{{}, {right.x - left.x + 1, bottom.y - top.y + 1}};
  std::vector<std::uint8_t> mask(static_cast<std::size_t>(box.size.count()));
  const Point corner{left.x, top.y};
  const auto place = [&](const Point& p) { return box.at({p.x - corner.x, p.y - corner.y}); };
  for (const Point& p : points) mask[place(p)] = 1;
  const Components found = connected_components(mask, {box.size.width, box.size.height, 1});
  std::vector<std::vector<Point>> by_label(found.voxel_counts.size());
  for (const Point& p : points) {
    by_label[static_cast<std::size_t>(found.label[place(p)] - 1)].push_back(p);
  }
  std::vector<Piece> pieces;
  const std::size_t count = std::min(by_label.size(), kPiecesCompared);
  for (std::size_t n = 0; n < count; ++n) {
    pieces.push_back(made_of(by_label[n * by_label.size() / count]));
  }
  return pieces;
}

/// Intensities that look like those under the strokes of a class.
struct Look {
  std::span<const float> image;
  double mean = 0, most = 0;  ///< most: the largest difference from the mean
  double shared = std::numeric_limits<double>::infinity();  ///< by the strokes of other classes

  [[nodiscard]] bool has(std::size_t p) const {
    return std::abs(static_cast<double>(image[p]) - mean) <= most;
  }
};

Look look_of(const Slice& slice, std::uint8_t index, std::span<const float> image) {
  Moments own, all;
  for (std::size_t p = 0; p < slice.indices.size(); ++p) {
    if (slice.indices[p] == kNotAnnotated) continue;
    all.add(image[p]);
    if (slice.indices[p] == index) own.add(image[p]);
  }
  Look look{.image = image, .mean = own.mean()};
  look.most = kDeviations * std::max(own.deviation(), kLeastDeviation * all.deviation());
  if (all.count == own.count) return look;
  double alike = 0;
  for (std::size_t p = 0; p < slice.indices.size(); ++p) {
    const std::uint8_t other = slice.indices[p];
    if (other != kNotAnnotated && other != index && look.has(p)) ++alike;
  }
  look.shared = alike / (all.count - own.count);
  return look;
}

/// In the channel that tells the class best from what else was drawn; none where none does.
std::optional<Look> telling_look(const Slice& slice, std::uint8_t index,
                                 const std::vector<std::span<const float>>& channels_hw) {
  std::optional<Look> best;
  for (const auto& image : channels_hw) {
    check(image.size() == slice.indices.size(), "image and labels of a slice are of one size");
    const Look look = look_of(slice, index, image);
    if (look.shared < (best ? best->shared : kTellsNothing)) best = look;
  }
  return best;
}

std::pair<Point, Point> nearest_points(const Piece& a, const Piece& b) {
  std::pair<Point, Point> nearest;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const Point& p : a.points) {
    for (const Point& q : b.points) {
      const std::int64_t squared = (p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y);
      if (squared >= least) continue;
      least = squared;
      nearest = {p, q};
    }
  }
  return nearest;
}

/// What lies on the straight line between two points, without strokes of the class itself.
struct Walk {
  std::int64_t pixels = 0, strange = 0;
  bool crossed = false;  ///< by a stroke of another class
};

Walk walk(const Slice& slice, std::uint8_t index, const Point& from, const Point& to,
          const std::optional<Look>& look) {
  Walk found;
  const std::int64_t steps = std::max(std::abs(to.x - from.x), std::abs(to.y - from.y));
  for (std::int64_t n = 1; n < steps; ++n) {
    const double share = static_cast<double>(n) / static_cast<double>(steps);
    const std::size_t p =
        slice.at({from.x + std::lround(share * static_cast<double>(to.x - from.x)),
                  from.y + std::lround(share * static_cast<double>(to.y - from.y))});
    if (slice.indices[p] == index) continue;
    ++found.pixels;
    found.crossed |= slice.indices[p] != kNotAnnotated;
    found.strange += look && !look->has(p) ? 1 : 0;
  }
  return found;
}

bool belong_together(const Slice& slice, std::uint8_t index, const Piece& a, const Piece& b,
                     const std::optional<Look>& look) {
  const auto [from, to] = nearest_points(a, b);
  const Walk found = walk(slice, index, from, to, look);
  if (found.crossed) return false;
  if (!look) return distance(from, to) <= std::max(a.length, b.length);
  return found.strange < kStrangePixels ||
         static_cast<double>(found.strange) <= kStrangeShare * static_cast<double>(found.pixels);
}

}  // namespace

std::vector<MarkedBox> marked_objects(std::span<const std::uint8_t> indices, const PlaneSize& size,
                                      std::uint8_t index,
                                      const std::vector<std::span<const float>>& channels_hw) {
  const Slice slice{indices, size};
  const std::vector<Point> points = points_of(slice, index);
  if (points.empty()) return {};
  const std::vector<Piece> pieces = pieces_of(points);
  if (pieces.size() == 1) return {pieces.front().box};
  const std::optional<Look> look = telling_look(slice, index, channels_hw);
  std::vector<std::size_t> object(pieces.size());
  std::iota(object.begin(), object.end(), std::size_t{0});
  for (std::size_t a = 0; a < pieces.size(); ++a) {
    for (std::size_t b = a + 1; b < pieces.size(); ++b) {
      if (object[a] == object[b]) continue;
      if (!belong_together(slice, index, pieces[a], pieces[b], look)) continue;
      std::ranges::replace(object, object[b], std::size_t{object[a]});
    }
  }
  std::map<std::size_t, MarkedBox> boxes;
  for (std::size_t n = 0; n < pieces.size(); ++n) boxes[object[n]].add(pieces[n].box);
  std::vector<MarkedBox> objects;
  for (const auto& [first, box] : boxes) objects.push_back(box);
  return objects;
}

}  // namespace medcl
