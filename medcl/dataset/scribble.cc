// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/scribble.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "medcl/core/error.h"
#include "medcl/dataset/label_map.h"
#include "medcl/dataset/scribble_geometry.h"
#include "medcl/image/components.h"

namespace medcl {
namespace {

constexpr std::int64_t kAttempts = 12;  // strokes tried per structure when none is set
constexpr std::uint32_t kBudgetStream = std::numeric_limits<std::uint32_t>::max();

using Mask = std::vector<std::uint8_t>;

/// Paints strokes of one class; never outside `allowed`, never more than `budget` pixels.
class Pen {
 public:
  Pen(Mask allowed, const PlaneSize& size, std::int64_t width, std::int64_t budget)
      : allowed_(std::move(allowed)), size_(size), width_(width), budget_(budget) {}

  [[nodiscard]] std::int64_t left() const { return budget_ - painted_; }

  void draw(std::span<const std::int64_t> path, std::uint8_t value, std::span<std::uint8_t> plane) {
    for (const std::int64_t pixel : path) {
      dab(pixel, value, plane);
    }
  }

 private:
  void dab(std::int64_t pixel, std::uint8_t value, std::span<std::uint8_t> plane) {
    const std::int64_t x = pixel % size_.width;
    const std::int64_t y = pixel / size_.width;
    const double centre = width_ % 2 == 0 ? 0.5 : 0.0;
    const double radius = std::max(0.75, 0.5 * static_cast<double>(width_));
    const std::int64_t reach = width_ / 2 + 1;
    for (std::int64_t v = std::max<std::int64_t>(0, y - reach);
         v <= std::min(size_.height - 1, y + reach); ++v) {
      for (std::int64_t u = std::max<std::int64_t>(0, x - reach);
           u <= std::min(size_.width - 1, x + reach); ++u) {
        const bool round = std::hypot(static_cast<double>(u - x) - centre,
                                      static_cast<double>(v - y) - centre) <= radius;
        const auto target = static_cast<std::size_t>(v * size_.width + u);
        if (round && allowed_[target] != 0 && plane[target] != value && left() > 0) {
          plane[target] = value;
          ++painted_;
        }
      }
    }
  }

  Mask allowed_;
  PlaneSize size_;
  std::int64_t width_, budget_, painted_ = 0;
};

std::vector<std::int64_t> pixels_of(const Mask& mask) {
  std::vector<std::int64_t> pixels;
  for (std::size_t pixel = 0; pixel < mask.size(); ++pixel) {
    if (mask[pixel] != 0) {
      pixels.push_back(static_cast<std::int64_t>(pixel));
    }
  }
  return pixels;
}

/// Pixels whose value lies within half a pixel of `level`.
Mask contour(const std::vector<float>& values, double level) {
  Mask mask(values.size());
  std::transform(values.begin(), values.end(), mask.begin(), [&](float value) {
    return static_cast<std::uint8_t>(std::abs(static_cast<double>(value) - level) <= 0.5);
  });
  return mask;
}

struct Drawing {
  std::span<const std::uint8_t> dense;
  PlaneSize size;
  double spacing_mm;
  const ScribbleOptions& options;
  std::span<std::uint8_t> scribbles;
};

/// Depth below the outline of `region` in pixels (0 outside); the image border is an outline too.
std::vector<float> depth_of(const Mask& region, const PlaneSize& size) {
  const PlaneSize padded{size.width + 2, size.height + 2};
  Mask outside(static_cast<std::size_t>(padded.count()), 1);
  const auto at = [&](std::int64_t pixel) {
    return static_cast<std::size_t>((pixel / size.width + 1) * padded.width + pixel % size.width +
                                    1);
  };
  for (std::int64_t pixel = 0; pixel < size.count(); ++pixel) {
    outside[at(pixel)] = region[static_cast<std::size_t>(pixel)] == 0 ? 1 : 0;
  }
  const std::vector<float> distance = distance_to_mask(outside, padded);
  std::vector<float> depth(region.size());
  for (std::int64_t pixel = 0; pixel < size.count(); ++pixel) {
    depth[static_cast<std::size_t>(pixel)] = distance[at(pixel)];
  }
  return depth;
}

/// The medial lines of a region, and every other time a line parallel to its outline.
void draw_structure(const Drawing& drawing, std::uint8_t value, RandomStream& random) {
  Mask region(drawing.dense.size());
  std::transform(drawing.dense.begin(), drawing.dense.end(), region.begin(),
                 [&](std::uint8_t one) { return static_cast<std::uint8_t>(one == value); });
  const auto area = static_cast<double>(std::count(region.begin(), region.end(), 1));
  if (area == 0) {
    return;
  }
  const std::vector<float> depth = depth_of(region, drawing.size);
  const auto deepest = std::max_element(depth.begin(), depth.end());
  const Mask skeleton = thin(region, drawing.size);
  const auto budget = static_cast<std::int64_t>(std::floor(drawing.options.coverage * area));
  Pen pen(region, drawing.size, drawing.options.width_pixels, std::max<std::int64_t>(1, budget));
  const std::int64_t strokes =
      drawing.options.max_strokes > 0 ? drawing.options.max_strokes : kAttempts;
  for (std::int64_t n = 0; n < strokes && pen.left() > 0; ++n) {
    const double level = random.uniform(0.3, 0.7) * static_cast<double>(*deepest);
    const Mask curve =
        n % 2 == 0 ? skeleton : thin(contour(depth, std::max(1.0, level)), drawing.size);
    const std::vector<std::int64_t> points = pixels_of(curve);
    const double share = random.uniform(0.6, 1.0);
    if (points.empty()) {
      continue;
    }
    const std::int64_t start =
        points[static_cast<std::size_t>(random.integer(static_cast<std::int64_t>(points.size())))];
    const auto limit =
        static_cast<std::int64_t>(std::ceil(share * static_cast<double>(pen.left()) /
                                            static_cast<double>(drawing.options.width_pixels)));
    pen.draw(walk_curve(curve, drawing.size, start, limit), value, drawing.scribbles);
  }
  const std::int64_t centre = deepest - depth.begin();
  if (std::find(drawing.scribbles.begin(), drawing.scribbles.end(), value) ==
      drawing.scribbles.end()) {
    pen.draw(std::span(&centre, 1), value, drawing.scribbles);
  }
}

/// Distance in mm from the foreground, or from a point near the centre when there is none.
std::vector<float> distance_mm(const Drawing& drawing, RandomStream& random, bool& empty) {
  Mask foreground(drawing.dense.size());
  std::transform(
      drawing.dense.begin(), drawing.dense.end(), foreground.begin(),
      [](std::uint8_t one) { return static_cast<std::uint8_t>(one != 0 && one != kNotAnnotated); });
  empty = std::count(foreground.begin(), foreground.end(), 1) == 0;
  if (empty) {
    const auto x = static_cast<std::int64_t>(random.uniform(0.4, 0.6) *
                                             static_cast<double>(drawing.size.width));
    const auto y = static_cast<std::int64_t>(random.uniform(0.4, 0.6) *
                                             static_cast<double>(drawing.size.height));
    foreground[static_cast<std::size_t>(y * drawing.size.width + x)] = 1;
  }
  std::vector<float> distance = distance_to_mask(foreground, drawing.size);
  for (float& one : distance) {
    one *= static_cast<float>(drawing.spacing_mm);
  }
  return distance;
}

/// Of each piece of a curve an arc that is background_arc of its length: around structures that lie
/// apart each gets one, of the first max_strokes pieces where that is set.
void draw_arcs(const Drawing& drawing, const Mask& curve, Pen& pen, RandomStream& random) {
  Mask open = curve;
  std::vector<std::int64_t> points = pixels_of(curve);
  const std::int64_t most = drawing.options.max_strokes;
  for (std::int64_t arcs = 0; !points.empty() && (most == 0 || arcs < most); ++arcs) {
    const std::int64_t start =
        points[static_cast<std::size_t>(random.integer(static_cast<std::int64_t>(points.size())))];
    const auto piece = walk_curve(open, drawing.size, start, drawing.size.count());
    const double length = drawing.options.background_arc * static_cast<double>(piece.size());
    const auto wanted = static_cast<std::int64_t>(std::ceil(length));
    pen.draw(walk_curve(open, drawing.size, start, wanted), 0, drawing.scribbles);
    for (const std::int64_t pixel : piece) open[static_cast<std::size_t>(pixel)] = 0;
    std::erase_if(points, [&](std::int64_t p) { return open[static_cast<std::size_t>(p)] == 0; });
  }
}

/// Arcs from random places of a curve that are background_arc of its length together.
void draw_share(const Drawing& drawing, const Mask& curve, Pen& pen, RandomStream& random) {
  Mask open = curve;
  std::vector<std::int64_t> points = pixels_of(curve);
  auto wanted = static_cast<std::int64_t>(
      std::ceil(drawing.options.background_arc * static_cast<double>(points.size())));
  while (wanted > 0 && !points.empty()) {
    const std::int64_t start =
        points[static_cast<std::size_t>(random.integer(static_cast<std::int64_t>(points.size())))];
    const std::vector<std::int64_t> arc = walk_curve(open, drawing.size, start, wanted);
    pen.draw(arc, 0, drawing.scribbles);
    wanted -= static_cast<std::int64_t>(arc.size());
    for (const std::int64_t pixel : arc) open[static_cast<std::size_t>(pixel)] = 0;
    std::erase_if(points, [&](std::int64_t p) { return open[static_cast<std::size_t>(p)] == 0; });
  }
}

/// Arcs along the band of `distance` (mm).
void draw_band(const Drawing& drawing, const std::vector<float>& distance, double level_mm,
               Pen& pen, RandomStream& random) {
  std::vector<float> pixels(distance.size());
  std::transform(distance.begin(), distance.end(), pixels.begin(),
                 [&](float mm) { return mm / static_cast<float>(drawing.spacing_mm); });
  const Mask band = thin(contour(pixels, level_mm / drawing.spacing_mm), drawing.size);
  const auto draw = drawing.options.background_each ? draw_arcs : draw_share;
  draw(drawing, band, pen, random);
}

/// Whether the slice shows structures that lie farther apart than twice `gap_mm`.
bool lie_apart(const Drawing& drawing, const std::vector<float>& distance, double gap_mm) {
  Mask near(distance.size());
  std::ranges::transform(distance, near.begin(), [&](float mm) {
    return static_cast<std::uint8_t>(static_cast<double>(mm) <= gap_mm);
  });
  return connected_components(near, {drawing.size.width, drawing.size.height, 1})
             .voxel_counts.size() > 1;
}

/// The middle lines of what lies between the bands: between structures that lie apart, there is
/// much that a network would take for one of them if nobody said what it is.
void draw_between(const Drawing& drawing, const std::vector<float>& distance, double near_mm,
                  double far_mm, Pen& pen, RandomStream& random) {
  Mask between(distance.size());
  std::ranges::transform(distance, between.begin(), [&](float mm) {
    const auto here_mm = static_cast<double>(mm);
    return static_cast<std::uint8_t>(here_mm >= near_mm && here_mm <= far_mm);
  });
  draw_arcs(drawing, thin(between, drawing.size), pen, random);
}

/// Mean width of the foreground of a slice: that of a strip of the same mean depth.
double width_of(const Drawing& drawing) {
  Mask foreground(drawing.dense.size());
  std::ranges::transform(drawing.dense, foreground.begin(), [](std::uint8_t value) {
    return static_cast<std::uint8_t>(value != 0 && value != kNotAnnotated);
  });
  const std::vector<float> depth = depth_of(foreground, drawing.size);
  const auto area = static_cast<double>(std::count(foreground.begin(), foreground.end(), 1));
  return 4 * drawing.spacing_mm * std::accumulate(depth.begin(), depth.end(), 0.0) / area;
}

double gap_of(const Drawing& drawing) {
  const ScribbleOptions& options = drawing.options;
  if (options.background_gap_share == 0) return options.background_gap_mm;
  const double least_mm = drawing.spacing_mm * static_cast<double>(options.width_pixels);
  const double near_mm = std::max(least_mm, options.background_gap_share * width_of(drawing));
  return std::min(options.background_gap_mm, near_mm);
}

/// A band close to the foreground and a second, wider one; between structures that lie apart a
/// third.
void draw_background(const Drawing& drawing, RandomStream& random) {
  bool empty = false;
  const std::vector<float> distance = distance_mm(drawing, random, empty);
  const double side_mm =
      drawing.spacing_mm * static_cast<double>(std::min(drawing.size.width, drawing.size.height));
  const double gap_mm =
      empty ? drawing.options.background_gap_mm + 0.12 * side_mm : gap_of(drawing);
  Mask allowed(drawing.dense.size());
  for (std::size_t pixel = 0; pixel < allowed.size(); ++pixel) {
    allowed[pixel] = drawing.dense[pixel] == 0 && static_cast<double>(distance[pixel]) >= gap_mm;
  }
  Pen pen(std::move(allowed), drawing.size, drawing.options.width_pixels, drawing.size.count());
  const double half_mm =
      0.5 * drawing.spacing_mm * static_cast<double>(drawing.options.width_pixels);
  draw_band(drawing, distance, gap_mm + half_mm, pen, random);
  const double outer_mm = gap_mm + 3 * half_mm + random.uniform(0.10, 0.26) * side_mm;
  if (drawing.options.max_strokes == 1) return;
  draw_band(drawing, distance, outer_mm, pen, random);
  if (drawing.options.background_each && !empty && lie_apart(drawing, distance, gap_mm)) {
    draw_between(drawing, distance, gap_mm + 3 * half_mm, outer_mm, pen, random);
  }
}

/// Evenly spread over the stack, with a random offset per case.
bool is_chosen(const ScribbleOptions& options, std::uint32_t case_key, std::uint32_t slice) {
  RandomStream random(
      {static_cast<std::uint64_t>(options.seed), case_key, kBudgetStream, Purpose::kScribble});
  const double before = options.slice_share * static_cast<double>(slice) + random.uniform();
  return std::floor(before + options.slice_share) > std::floor(before);
}

void check_arguments(std::span<const std::uint8_t> dense, const PlaneSize& size, double spacing_mm,
                     std::int64_t class_count, const ScribbleOptions& options) {
  check(
      size.width >= 1 && size.height >= 1 && dense.size() == static_cast<std::size_t>(size.count()),
      "the mask fills the plane");
  check(std::isfinite(spacing_mm) && spacing_mm > 0, "spacing_mm is a positive number");
  check(options.width_pixels >= 1 && options.coverage >= 0, "a stroke has a width and a length");
  for (const std::uint8_t value : dense) {
    if (value != kNotAnnotated && value >= class_count) {
      fail(ErrorCode::kInvalidData, {.what = "class index outside the label map",
                                     .where = "dense mask",
                                     .expected = "0.." + std::to_string(class_count - 1),
                                     .found = std::to_string(value),
                                     .remedy = ""});
    }
  }
}

}  // namespace

void ScribbleOptions::describe(OptionTable table) {
  table.add("coverage", coverage, "share of a structure's pixels that strokes may cover", 0, 1);
  table.add("width_pixels", width_pixels, "stroke width", 1, 64);
  table.add("background_gap_mm", background_gap_mm,
            "distance of the background band from the foreground", 0, 1000);
  table.add("background_gap_share", background_gap_share,
            "at most this share of the mean width of a slice's structures; 0: no such limit", 0,
            10);
  table.add("background_arc", background_arc, "share of the background band that is drawn", 0, 1);
  table.add("background_each", background_each,
            "around each of structures that lie apart, and between them");
  table.add("slice_share", slice_share, "share of slices that get scribbles", 0, 1);
  table.add("max_strokes", max_strokes,
            "strokes per class and slice; 0 = as many as the coverage needs", 0, 1000);
  table.add("seed", seed, "number that decides all strokes", 0, 9007199254740992.0);
}

std::vector<std::uint8_t> simulate_scribbles(std::span<const std::uint8_t> dense,
                                             const PlaneSize& size, double spacing_mm,
                                             std::int64_t class_count,
                                             const ScribbleOptions& options, std::uint32_t case_key,
                                             std::uint32_t slice) {
  check_arguments(dense, size, spacing_mm, class_count, options);
  std::vector<std::uint8_t> scribbles(dense.size(), kNotAnnotated);
  if (!is_chosen(options, case_key, slice)) {
    return scribbles;
  }
  RandomStream random(
      {static_cast<std::uint64_t>(options.seed), case_key, slice, Purpose::kScribble});
  const Drawing drawing{dense, size, spacing_mm, options, scribbles};
  for (std::int64_t value = 1; value < class_count; ++value) {
    draw_structure(drawing, static_cast<std::uint8_t>(value), random);
  }
  draw_background(drawing, random);
  return scribbles;
}

}  // namespace medcl
