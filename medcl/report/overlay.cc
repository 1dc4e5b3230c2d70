// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/overlay.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/core/percentile.h"

namespace medcl {
namespace {

constexpr std::array<Colour, 7> kClassColours = {{{86, 180, 233},
                                                  {240, 165, 0},
                                                  {60, 200, 130},
                                                  {230, 90, 60},
                                                  {240, 228, 66},
                                                  {204, 121, 167},
                                                  {90, 110, 230}}};
constexpr Colour kBackgroundStroke = {190, 160, 255};

struct Mirror {
  bool x = false, y = false;
};

Mirror mirror_for_display(const Geometry& geometry) {
  const std::string codes = axis_codes(geometry);
  return {codes.at(0) == 'R' || codes.at(0) == 'A', codes.at(1) == 'A' || codes.at(1) == 'S'};
}

PlaneSize picture_size(const Geometry& geometry, const View& view) {
  const Point3 spacing = geometry.spacing_mm();
  const double width = static_cast<double>(view.crop.width) * spacing[0];
  const double height = static_cast<double>(view.crop.height) * spacing[1];
  const double scale = static_cast<double>(view.side_pixels) / std::max(width, height);
  return {std::max<std::int64_t>(1, std::llround(width * scale)),
          std::max<std::int64_t>(1, std::llround(height * scale))};
}

Affine2 slice_from_picture(const PlaneSize& picture, const View& view, const Mirror& mirror) {
  const Affine2 turn = {
      {{mirror.x ? -1.0 : 1.0, 0, mirror.x ? static_cast<double>(picture.width - 1) : 0},
       {0, mirror.y ? -1.0 : 1.0, mirror.y ? static_cast<double>(picture.height - 1) : 0}}};
  const Affine2 zoom = scaling({view.crop.width, view.crop.height}, picture);
  const Affine2 move = {
      {{1, 0, static_cast<double>(view.crop.x)}, {0, 1, static_cast<double>(view.crop.y)}}};
  return compose(move, compose(zoom, turn));
}

/// True where a pixel at most `reach` away has another label.
bool on_border(std::span<const std::uint8_t> labels, const PlaneSize& size, std::int64_t x,
               std::int64_t y, std::int64_t reach) {
  const std::uint8_t own = labels[static_cast<std::size_t>(y * size.width + x)];
  for (std::int64_t v = std::max<std::int64_t>(0, y - reach);
       v <= std::min(size.height - 1, y + reach); ++v) {
    for (std::int64_t u = std::max<std::int64_t>(0, x - reach);
         u <= std::min(size.width - 1, x + reach); ++u) {
      if (labels[static_cast<std::size_t>(v * size.width + u)] != own) return true;
    }
  }
  return false;
}

void draw_labels(Picture& picture, std::span<const std::uint8_t> labels, LabelStyle style) {
  const PlaneSize size{picture.width, picture.height};
  const std::int64_t thickness = std::max<std::int64_t>(1, std::max(size.width, size.height) / 112);
  for (std::int64_t y = 0; y < size.height; ++y) {
    for (std::int64_t x = 0; x < size.width; ++x) {
      const auto i = static_cast<std::size_t>(y * size.width + x);
      const bool drawn =
          labels[i] != kNotAnnotated && (labels[i] != 0 || style == LabelStyle::kScribble);
      if (!drawn || (style == LabelStyle::kContour && !on_border(labels, size, x, y, thickness)))
        continue;
      const Colour colour = class_colour(labels[i]);
      std::copy(colour.begin(), colour.end(),
                picture.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i));
    }
  }
}

}  // namespace

Colour class_colour(std::int64_t class_index) {
  if (class_index <= 0) return kBackgroundStroke;
  return kClassColours[static_cast<std::size_t>(class_index - 1) % kClassColours.size()];
}

std::string css_colour(const Colour& colour) {
  char text[8];
  std::snprintf(text, sizeof(text), "#%02x%02x%02x", colour[0], colour[1], colour[2]);
  return text;
}

GreyWindow window_of(const Image& image) {
  std::vector<float> values;
  std::copy_if(image.voxels.begin(), image.voxels.end(), std::back_inserter(values),
               [](float value) { return std::isfinite(value); });
  if (values.empty()) return {};
  const float low = percentile(values, 1), high = percentile(values, 99.5);
  return {low, high > low ? high : low + 1};
}

Crop crop_around(std::span<const std::uint8_t> class_indices, const Geometry& geometry,
                 double margin_mm) {
  const Size3& size = geometry.size;
  std::int64_t left = size[0], right = -1, top = size[1], bottom = -1;
  for (std::size_t v = 0; v < class_indices.size(); ++v) {
    if (class_indices[v] == 0 || class_indices[v] == kNotAnnotated) continue;
    const std::int64_t x = static_cast<std::int64_t>(v) % size[0];
    const std::int64_t y = static_cast<std::int64_t>(v) / size[0] % size[1];
    left = std::min(left, x);
    right = std::max(right, x);
    top = std::min(top, y);
    bottom = std::max(bottom, y);
  }
  if (right < 0) return {0, 0, size[0], size[1]};
  const Point3 spacing = geometry.spacing_mm();
  const double side = std::max(static_cast<double>(right - left + 1) * spacing[0],
                               static_cast<double>(bottom - top + 1) * spacing[1]) +
                      2 * margin_mm;
  const auto pixels = [&](double one) {
    return std::max<std::int64_t>(1, std::llround(side / one));
  };
  const std::int64_t width = std::min(pixels(spacing[0]), size[0]);
  const std::int64_t height = std::min(pixels(spacing[1]), size[1]);
  return {std::clamp<std::int64_t>((left + right + 1 - width) / 2, 0, size[0] - width),
          std::clamp<std::int64_t>((top + bottom + 1 - height) / 2, 0, size[1] - height), width,
          height};
}

Picture slice_picture(const Image& image, std::span<const std::uint8_t> class_indices,
                      std::int64_t k, const View& view, LabelStyle style) {
  const Geometry& geometry = image.geometry;
  check(k >= 0 && k < geometry.size[2], "slice outside the volume");
  const PlaneSize slice{geometry.size[0], geometry.size[1]};
  const PlaneSize size = picture_size(geometry, view);
  const Affine2 affine = slice_from_picture(size, view, mirror_for_display(geometry));
  std::vector<float> grey(static_cast<std::size_t>(size.count()));
  resample(image.slice(k), slice, affine, Interpolation::kLinear, view.window.low, grey, size);
  Picture picture{size.width, size.height, 3, {}};
  for (const float value : grey) {
    const float share = (value - view.window.low) / (view.window.high - view.window.low);
    const auto level = static_cast<std::uint8_t>(std::lround(255 * std::clamp(share, 0.0F, 1.0F)));
    picture.pixels.insert(picture.pixels.end(), 3, level);
  }
  if (style == LabelStyle::kNone || class_indices.empty()) return picture;
  const auto area = static_cast<std::size_t>(slice.count());
  check(class_indices.size() == area * static_cast<std::size_t>(geometry.size[2]),
        "labels lie on the image's grid");
  std::vector<std::uint8_t> labels(grey.size());
  resample(class_indices.subspan(static_cast<std::size_t>(k) * area, area), slice, affine,
           kNotAnnotated, labels, size);
  draw_labels(picture, labels, style);
  return picture;
}

}  // namespace medcl
