// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/label_habit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iomanip>
#include <limits>
#include <sstream>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/dataset/label_map.h"
#include "medcl/dataset/moments.h"
#include "medcl/image/components.h"
#include "medcl/image/distance_transform.h"

namespace medcl {
namespace {

constexpr double kNearlyAll = 0.8;       // share of zeros without which nothing is "undrawn"
constexpr double kLittle = 0.15;         // share of ignored voxels that strokes of it may have
constexpr double kPenPixels = 5;         // what is wider is no stroke, in a small image
constexpr double kPenShare = 0.02;       // of the shorter side of a large one
constexpr double kLongerThanWide = 1.5;  // area over the square of the width; 0.8 for a disc
constexpr double kThinShare = 0.75;      // of the drawn area
constexpr double kLongShare = 0.5;
constexpr double kVisibleBorder = 0.5;        // standard deviations
constexpr double kVisibleBorderDense = 0.25;  // where nobody said that there are strokes
constexpr double kTouchingShare = 0.2;        // of the sides of what is drawn
constexpr double kOutlineShare = 0.5;         // of the drawn area
constexpr double kLineWidth = 2;              // pixels; of an outline
constexpr std::int64_t kSmallest = 4;         // pixels; less has no shape

constexpr int kLastHabit = static_cast<int>(LabelHabit::kOutlines);

/// One connected piece of one class in one slice.
struct Piece {
  double area = 0, width = 0, border = 0;
  bool is_outline = false;  ///< a closed line around pixels that are mostly 0
  [[nodiscard]] bool is_long() const { return area >= kLongerThanWide * width * width; }
};

struct Plane {
  std::span<const std::uint8_t> indices;
  std::span<const float> image;
  std::int64_t width = 0, height = 0;
};

/// Part of a plane around one class, with one pixel more on each side where there is one.
struct Window {
  std::int64_t left = 0, top = 0, width = 0, height = 0;
};

Window window_of(const Plane& plane, std::uint8_t index) {
  std::int64_t left = plane.width, right = -1, top = plane.height, bottom = -1;
  for (std::int64_t y = 0; y < plane.height; ++y) {
    for (std::int64_t x = 0; x < plane.width; ++x) {
      if (plane.indices[static_cast<std::size_t>(y * plane.width + x)] != index) continue;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = std::max(bottom, y);
    }
  }
  left = std::max<std::int64_t>(left - 1, 0);
  top = std::max<std::int64_t>(top - 1, 0);
  right = std::min(right + 1, plane.width - 1);
  bottom = std::min(bottom + 1, plane.height - 1);
  return {left, top, right - left + 1, bottom - top + 1};
}

/// How far the inside and the pixels that touch it differ, in standard deviations of both.
double border_of(const Moments& inside, const Moments& outside) {
  if (inside.count == 0 || outside.count == 0) return 0;
  const double difference = std::abs(inside.mean() - outside.mean());
  const double deviation =
      std::sqrt((inside.scatter() + outside.scatter()) / (inside.count + outside.count));
  if (difference <= 1e-6 * std::abs(inside.mean())) return 0;
  return deviation > 0 ? difference / deviation : HUGE_VAL;
}

/// Sums over the pixels of each piece and over those that touch it and have no class or class 0.
struct Sums {
  std::vector<Moments> inside, outside;
};

Sums sums_of(const Plane& plane, const Window& window, const std::vector<std::int32_t>& label,
             std::size_t pieces) {
  Sums sums{std::vector<Moments>(pieces), std::vector<Moments>(pieces)};
  const auto at = [&](std::int64_t x, std::int64_t y) {
    return static_cast<std::size_t>((window.top + y) * plane.width + window.left + x);
  };
  for (std::int64_t y = 0; y < window.height; ++y) {
    for (std::int64_t x = 0; x < window.width; ++x) {
      const auto here = static_cast<std::size_t>(y * window.width + x);
      const auto value = static_cast<double>(plane.image[at(x, y)]);
      if (!std::isfinite(value)) continue;
      if (label[here] > 0) {
        sums.inside[static_cast<std::size_t>(label[here] - 1)].add(value);
        continue;
      }
      const std::uint8_t index = plane.indices[at(x, y)];
      if (index != 0 && index != kNotAnnotated) continue;
      std::array<std::int32_t, 4> touching{};
      touching[0] = x > 0 ? label[here - 1] : 0;
      touching[1] = x + 1 < window.width ? label[here + 1] : 0;
      touching[2] = y > 0 ? label[here - static_cast<std::size_t>(window.width)] : 0;
      touching[3] =
          y + 1 < window.height ? label[here + static_cast<std::size_t>(window.width)] : 0;
      std::sort(touching.begin(), touching.end());
      for (std::size_t n = 0; n < touching.size(); ++n) {
        if (touching[n] == 0 || (n > 0 && touching[n] == touching[n - 1])) continue;
        sums.outside[static_cast<std::size_t>(touching[n] - 1)].add(value);
      }
    }
  }
  return sums;
}

/// Pixels that a piece surrounds, and those of them that have class 0.
struct Enclosed {
  double pixels = 0, zeros = 0;
};

/// `outside`: 1 for the pixels of the window that are not of the class. An area that cannot leave
/// the window through sides of pixels is enclosed by the piece on the left of its first pixel.
std::vector<Enclosed> enclosed_by(const Plane& plane, const Window& window,
                                  const std::vector<std::uint8_t>& outside,
                                  const Components& pieces) {
  const Components areas =
      connected_components(outside, {window.width, window.height, 1}, Connectivity::kFaces);
  constexpr std::int32_t kUnseen = -1, kOpen = 0;
  std::vector<std::int32_t> owner(areas.voxel_counts.size(), kUnseen);
  for (std::int64_t y = 0; y < window.height; ++y) {
    for (std::int64_t x = 0; x < window.width; ++x) {
      const auto here = static_cast<std::size_t>(y * window.width + x);
      if (areas.label[here] == 0) continue;
      std::int32_t& one = owner[static_cast<std::size_t>(areas.label[here] - 1)];
      const bool at_edge = x == 0 || y == 0 || x + 1 == window.width || y + 1 == window.height;
      if (at_edge) one = kOpen;
      if (one == kUnseen) one = pieces.label[here - 1];
    }
  }
  std::vector<Enclosed> result(pieces.voxel_counts.size());
  for (std::int64_t y = 0; y < window.height; ++y) {
    for (std::int64_t x = 0; x < window.width; ++x) {
      const std::int32_t area = areas.label[static_cast<std::size_t>(y * window.width + x)];
      if (area == 0 || owner[static_cast<std::size_t>(area - 1)] == kOpen) continue;
      Enclosed& one =
          result[static_cast<std::size_t>(owner[static_cast<std::size_t>(area - 1)] - 1)];
      const auto place = (window.top + y) * plane.width + window.left + x;
      ++one.pixels;
      one.zeros += plane.indices[static_cast<std::size_t>(place)] == 0 ? 1 : 0;
    }
  }
  return result;
}

void append_pieces(const Plane& plane, std::uint8_t index, std::vector<Piece>& pieces) {
  const Window window = window_of(plane, index);
  const Size3 size{window.width, window.height, 1};
  std::vector<std::uint8_t> mask, empty;
  for (std::int64_t y = 0; y < window.height; ++y) {
    for (std::int64_t x = 0; x < window.width; ++x) {
      const auto place = static_cast<std::size_t>((window.top + y) * plane.width + window.left + x);
      mask.push_back(plane.indices[place] == index ? 1 : 0);
      empty.push_back(mask.back() == 0 ? 1 : 0);
    }
  }
  const Components parts = connected_components(mask, size);
  const std::vector<double> depth = distance_transform_mm(empty, size, {1, 1, 1});
  const Sums sums = sums_of(plane, window, parts.label, parts.voxel_counts.size());
  const std::vector<Enclosed> enclosed = enclosed_by(plane, window, empty, parts);
  std::vector<double> deepest(parts.voxel_counts.size(), 0);
  for (std::size_t p = 0; p < mask.size(); ++p) {
    if (mask[p] == 0) continue;
    double& most = deepest[static_cast<std::size_t>(parts.label[p] - 1)];
    most = std::max(most, depth[p]);
  }
  for (std::size_t n = 0; n < deepest.size(); ++n) {
    if (parts.voxel_counts[n] < kSmallest) continue;
    const double width = 2 * deepest[n] - 1;
    const auto area = static_cast<double>(parts.voxel_counts[n]);
    const bool outline = width < kLineWidth && enclosed[n].pixels > area &&
                         2 * enclosed[n].zeros > enclosed[n].pixels;
    pieces.push_back({.area = area,
                      .width = width,
                      .border = border_of(sums.inside[n], sums.outside[n]),
                      .is_outline = outline});
  }
}

std::vector<Piece> pieces_of(std::span<const std::uint8_t> class_indices, const Image& image) {
  const Size3& size = image.geometry.size;
  const auto area = static_cast<std::size_t>(size[0] * size[1]);
  std::vector<Piece> pieces;
  for (std::int64_t k = 0; k < size[2]; ++k) {
    const Plane plane{class_indices.subspan(static_cast<std::size_t>(k) * area, area),
                      image.slice(k), size[0], size[1]};
    std::array<bool, 256> shown{};
    for (const std::uint8_t index : plane.indices) shown[index] = true;
    for (std::size_t index = 1; index < kNotAnnotated; ++index) {
      if (shown[index]) append_pieces(plane, static_cast<std::uint8_t>(index), pieces);
    }
  }
  return pieces;
}

/// Of the sides between pixels at which something drawn ends, the share that lies between two
/// classes.
double touching_share(std::span<const std::uint8_t> class_indices, const Size3& size) {
  const auto drawn = [](std::uint8_t index) { return index != 0 && index != kNotAnnotated; };
  double sides = 0, touching = 0;
  const auto count = [&](std::uint8_t a, std::uint8_t b) {
    if (a == b || !(drawn(a) || drawn(b))) return;
    ++sides;
    touching += drawn(a) && drawn(b) ? 1 : 0;
  };
  const auto row = static_cast<std::size_t>(size[0]);
  const std::size_t plane = row * static_cast<std::size_t>(size[1]);
  for (std::size_t p = 0; p < class_indices.size(); ++p) {
    if (p % row + 1 < row) count(class_indices[p], class_indices[p + 1]);
    if (p % plane + row < plane) count(class_indices[p], class_indices[p + row]);
  }
  return sides > 0 ? touching / sides : 0;
}

/// Of the drawn area: where half of it has less.
double weighted_median(std::vector<Piece> pieces, double Piece::*value) {
  std::sort(pieces.begin(), pieces.end(),
            [&](const Piece& a, const Piece& b) { return a.*value < b.*value; });
  double half = 0, sum = 0;
  for (const Piece& one : pieces) half += one.area / 2;
  for (const Piece& one : pieces) {
    sum += one.area;
    if (sum >= half) return one.*value;
  }
  return 0;
}

bool are_strokes(const std::vector<Piece>& pieces, const Size3& size, double visible) {
  const double pen =
      std::max(kPenPixels, kPenShare * static_cast<double>(std::min(size[0], size[1])));
  double all = 0, thin = 0, longer = 0;
  for (const Piece& one : pieces) {
    all += one.area;
    thin += one.width <= pen ? one.area : 0;
    longer += one.is_long() ? one.area : 0;
  }
  return all > 0 && thin >= kThinShare * all && longer >= kLongShare * all &&
         weighted_median(pieces, &Piece::border) < visible;
}

/// Walls of one or two pixels whose inside is left out are rare among masks; outlines are not.
bool are_outlines(const std::vector<Piece>& pieces) {
  double all = 0, outlines = 0;
  for (const Piece& one : pieces) {
    all += one.area;
    outlines += one.is_outline ? one.area : 0;
  }
  return all > 0 && outlines >= kOutlineShare * all;
}

}  // namespace

std::string to_text(const HabitEvidence& evidence) {
  std::ostringstream text;
  text << std::setprecision(std::numeric_limits<double>::max_digits10)
       << static_cast<int>(evidence.habit) << ' ' << evidence.zero_share << ' '
       << evidence.ignored_share << ' ' << evidence.pen_pixels;
  return text.str();
}

std::optional<HabitEvidence> habit_from_text(const std::string& text) {
  std::istringstream words(text);
  int habit = -1;
  HabitEvidence evidence;
  words >> habit >> evidence.zero_share >> evidence.ignored_share >> evidence.pen_pixels;
  if (words.fail() || !words.eof() || habit < 0 || habit > kLastHabit) return std::nullopt;
  evidence.habit = static_cast<LabelHabit>(habit);
  return evidence;
}

HabitEvidence habit_of(std::span<const std::uint8_t> class_indices, const Image& image,
                       bool ignore_declared) {
  check(class_indices.size() == image.voxels.size(), "labels and image of one size");
  const auto share = [&](std::uint8_t index) {
    return static_cast<double>(std::count(class_indices.begin(), class_indices.end(), index)) /
           static_cast<double>(class_indices.size());
  };
  HabitEvidence evidence;
  evidence.zero_share = share(0);
  evidence.ignored_share = share(kNotAnnotated);
  const bool dense = evidence.ignored_share == 0;
  evidence.habit = dense ? LabelHabit::kDense : LabelHabit::kScribbles;
  if (evidence.zero_share < kNearlyAll || evidence.ignored_share > kLittle) return evidence;
  const std::vector<Piece> pieces = pieces_of(class_indices, image);
  evidence.pen_pixels = weighted_median(pieces, &Piece::width);
  evidence.border = weighted_median(pieces, &Piece::border);
  const Size3& size = image.geometry.size;
  if (touching_share(class_indices, size) < kTouchingShare &&
      are_strokes(pieces, size, ignore_declared ? kVisibleBorder : kVisibleBorderDense)) {
    evidence.habit = dense ? LabelHabit::kZeroIsUndrawn : LabelHabit::kIgnoreSwapped;
  } else if (dense && are_outlines(pieces)) {
    evidence.habit = LabelHabit::kOutlines;
  }
  return evidence;
}

std::string describe(const HabitEvidence& evidence) {
  char text[160];
  if (evidence.habit == LabelHabit::kIgnoreSwapped) {
    std::snprintf(text, sizeof text,
                  "0 in %.1f %% of the voxels, ignore in %.1f %%, strokes about %.0f pixels wide",
                  100 * evidence.zero_share, 100 * evidence.ignored_share, evidence.pen_pixels);
  } else if (evidence.habit == LabelHabit::kOutlines) {
    std::snprintf(text, sizeof text,
                  "0 in %.1f %% of the voxels, most of the rest closed lines around 0",
                  100 * evidence.zero_share);
  } else {
    std::snprintf(text, sizeof text, "0 in %.1f %% of the voxels, strokes about %.0f pixels wide",
                  100 * evidence.zero_share, evidence.pen_pixels);
  }
  return text;
}

}  // namespace medcl
