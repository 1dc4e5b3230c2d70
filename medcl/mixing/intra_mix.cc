// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/intra_mix.h"

#include <algorithm>
#include <numbers>

#include "medcl/dataset/label_map.h"

namespace medcl {
namespace {

std::vector<float> rotated(std::span<const float> x, const PlaneSize& plane, double theta,
                           float fill) {
  if (theta == 0) {
    return {x.begin(), x.end()};
  }
  std::vector<float> output(x.size());
  resample(x, plane, rotation_about_centre(plane, theta), Interpolation::kLinear, fill, output,
           plane);
  return output;
}

std::vector<std::uint8_t> rotated(std::span<const std::uint8_t> labels, const PlaneSize& plane,
                                  double theta, std::uint8_t fill) {
  if (theta == 0) {
    return {labels.begin(), labels.end()};
  }
  std::vector<std::uint8_t> output(labels.size());
  resample(labels, plane, rotation_about_centre(plane, theta), fill, output, plane);
  return output;
}

/// Adds `weight` to the class of every annotated pixel inside (or outside) the box.
void add_annotation(std::span<const std::uint8_t> labels, const PlaneSize& plane, const Box& box,
                    bool inside, float weight, std::span<float> target) {
  const auto area = static_cast<std::size_t>(plane.count());
  std::size_t pixel = 0;
  for (std::int64_t y = 0; y < plane.height; ++y) {
    for (std::int64_t x = 0; x < plane.width; ++x, ++pixel) {
      if (labels[pixel] != kNotAnnotated && box.contains(x, y) == inside) {
        target[labels[pixel] * area + pixel] += weight;
      }
    }
  }
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

IntraMixDraw draw_intra_mix(const IntraMixOptions& options, const PlaneSize& plane,
                            RandomStream& random) {
  const double limit = options.angle_degrees * std::numbers::pi / 180;
  IntraMixDraw draw;
  draw.theta1 = options.rotate == RotatedCopies::kBoth ? random.uniform(-limit, limit) : 0;
  draw.theta2 = random.uniform(-limit, limit);
  draw.beta = random.beta(options.beta, options.beta);
  draw.box = random_box(plane, options.box_min, options.box_max, random);
  return draw;
}

void blend(std::span<const float> x, std::span<const float> x1, std::span<const float> x2,
           const PlaneSize& plane, const IntraMixDraw& draw, std::span<float> output) {
  const auto beta = static_cast<float>(draw.beta);
  std::size_t pixel = 0;
  for (std::int64_t row = 0; row < plane.height; ++row) {
    for (std::int64_t column = 0; column < plane.width; ++column, ++pixel) {
      output[pixel] =
          draw.box.contains(column, row) ? x[pixel] : beta * x1[pixel] + (1 - beta) * x2[pixel];
    }
  }
}

std::vector<float> intra_mix(std::span<const float> x, const PlaneSize& plane,
                             const IntraMixDraw& draw, float fill) {
  std::vector<float> output(x.size());
  blend(x, rotated(x, plane, draw.theta1, fill), rotated(x, plane, draw.theta2, fill), plane, draw,
        output);
  return output;
}

std::vector<float> intra_mix_labels(std::span<const std::uint8_t> labels, const PlaneSize& plane,
                                    std::int64_t classes, const IntraMixDraw& draw,
                                    std::uint8_t border_label) {
  std::vector<float> target(static_cast<std::size_t>(classes * plane.count()), 0.0F);
  const auto beta = static_cast<float>(draw.beta);
  add_annotation(labels, plane, draw.box, true, 1.0F, target);
  add_annotation(rotated(labels, plane, draw.theta1, border_label), plane, draw.box, false, beta,
                 target);
  add_annotation(rotated(labels, plane, draw.theta2, border_label), plane, draw.box, false,
                 1 - beta, target);
  return target;
}

void harden(std::span<float> target, std::int64_t classes, const PlaneSize& plane) {
  const auto area = static_cast<std::size_t>(plane.count());
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
