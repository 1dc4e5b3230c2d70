// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/intra_mix.h"

#include <algorithm>
#include <numbers>

#include "medcl/dataset/label_map.h"
#include "medcl/image/resample.h"

namespace medcl {
namespace {

Affine3 rotation(const Extent& extent, double theta) {
  return slice_by_slice(rotation_about_centre(extent.plane(), theta));
}

std::vector<float> rotated(std::span<const float> x, const Extent& extent, double theta,
                           float fill) {
  if (theta == 0) {
    return {x.begin(), x.end()};
  }
  std::vector<float> output(x.size());
  resample(x, extent, rotation(extent, theta), Interpolation::kLinear, fill, output, extent);
  return output;
}

std::vector<std::uint8_t> rotated(std::span<const std::uint8_t> labels, const Extent& extent,
                                  double theta, std::uint8_t fill) {
  if (theta == 0) {
    return {labels.begin(), labels.end()};
  }
  std::vector<std::uint8_t> output(labels.size());
  resample(labels, extent, rotation(extent, theta), fill, output, extent);
  return output;
}

/// visit(first, end) for every row of the extent, with the columns of it that the box holds.
template <typename Visit>
void for_each_row(const Extent& extent, const Box& box, const Visit& visit) {
  for (std::int64_t z = 0; z < extent.z; ++z) {
    for (std::int64_t y = 0; y < extent.y; ++y) {
      const bool held = box.has_row(z, y);
      visit(held ? box.first.x : 0, held ? box.end.x : 0);
    }
  }
}

/// Adds `weight` to the class of every annotated pixel inside (or outside) the box.
void add_annotation(std::span<const std::uint8_t> labels, const Extent& extent, const Box& box,
                    bool inside, float weight, std::span<float> target) {
  const auto count = static_cast<std::size_t>(extent.count());
  std::size_t pixel = 0;
  for_each_row(extent, box, [&](std::int64_t first, std::int64_t end) {
    for (std::int64_t x = 0; x < extent.x; ++x, ++pixel) {
      if (labels[pixel] != kNotAnnotated && (x >= first && x < end) == inside) {
        target[labels[pixel] * count + pixel] += weight;
      }
    }
  });
}

}  // namespace

void IntraMixOptions::describe(OptionTable table) {
  table.add("enabled", enabled, "mix each image with rotated copies of itself");
  table.add("rotate", rotate, "both copies (published code) or one (paper's text)");
  table.add("angle_degrees", angle_degrees, "largest rotation, +-", 0, 180);
  table.add("beta", beta, "Beta(beta, beta) of the mixing weight", 0.01, 100);
  table.add("box_min", box_min, "smallest side of the unmixed box", 0, 1);
  table.add("box_max", box_max, "largest side of the unmixed box", 0, 1);
  table.add("order", order, "mix the crop, or (published code) the slice before cropping");
  table.add("labels", labels, "mixed labels keep their weights or become one class");
}

IntraMixDraw draw_intra_mix(const IntraMixOptions& options, const Extent& extent,
                            RandomStream& random) {
  const double limit = options.angle_degrees * std::numbers::pi / 180;
  IntraMixDraw draw;
  draw.theta1 = options.rotate == RotatedCopies::kBoth ? random.uniform(-limit, limit) : 0;
  draw.theta2 = random.uniform(-limit, limit);
  draw.beta = random.beta(options.beta, options.beta);
  draw.box = random_box(extent, options.box_min, options.box_max, random);
  return draw;
}

void blend(std::span<const float> x, std::span<const float> x1, std::span<const float> x2,
           const Extent& extent, const IntraMixDraw& draw, std::span<float> output) {
  const auto beta = static_cast<float>(draw.beta);
  std::size_t pixel = 0;
  for_each_row(extent, draw.box, [&](std::int64_t first, std::int64_t end) {
    for (std::int64_t column = 0; column < extent.x; ++column, ++pixel) {
      output[pixel] =
          column >= first && column < end ? x[pixel] : beta * x1[pixel] + (1 - beta) * x2[pixel];
    }
  });
}

std::vector<float> intra_mix(std::span<const float> x, const Extent& extent,
                             const IntraMixDraw& draw, float fill) {
  std::vector<float> output(x.size());
  blend(x, rotated(x, extent, draw.theta1, fill), rotated(x, extent, draw.theta2, fill), extent,
        draw, output);
  return output;
}

std::vector<float> intra_mix_labels(std::span<const std::uint8_t> labels, const Extent& extent,
                                    std::int64_t classes, const IntraMixDraw& draw,
                                    std::uint8_t border_label) {
  std::vector<float> target(static_cast<std::size_t>(classes * extent.count()), 0.0F);
  const auto beta = static_cast<float>(draw.beta);
  add_annotation(labels, extent, draw.box, true, 1.0F, target);
  add_annotation(rotated(labels, extent, draw.theta1, border_label), extent, draw.box, false, beta,
                 target);
  add_annotation(rotated(labels, extent, draw.theta2, border_label), extent, draw.box, false,
                 1 - beta, target);
  return target;
}

void harden(std::span<float> target, std::int64_t classes, const Extent& extent) {
  const auto area = static_cast<std::size_t>(extent.count());
  const auto count = static_cast<std::size_t>(classes);
  for (std::size_t pixel = 0; pixel < area; ++pixel) {
    float annotated = 0, heaviest = 0;
    std::size_t winner = 0;
    for (std::size_t k = 0; k < count; ++k) {
      float& weight = target[k * area + pixel];
      annotated += weight;
      if (weight > heaviest) {
        heaviest = weight;
        winner = k;
      }
      weight = 0;
    }
    if (heaviest > 0 && heaviest >= 1 - annotated) {
      target[winner * area + pixel] = 1;
    }
  }
}

}  // namespace medcl
