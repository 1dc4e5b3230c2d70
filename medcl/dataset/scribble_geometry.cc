// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/scribble_geometry.h"

#include <algorithm>
#include <array>

#include "medcl/image/distance_transform.h"

namespace medcl {
namespace {

constexpr std::array<std::array<std::int64_t, 2>, 8> kAround{
    {{0, -1}, {1, -1}, {1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}}};  // x, y; clockwise

/// Neighbours of a pixel, clockwise from the one above; outside the plane is empty.
std::array<bool, 8> neighbours(std::span<const std::uint8_t> mask, const PlaneSize& size,
                               std::int64_t pixel) {
  const std::int64_t x = pixel % size.width;
  const std::int64_t y = pixel / size.width;
  std::array<bool, 8> result{};
  for (std::size_t n = 0; n < 8; ++n) {
    const std::int64_t u = x + kAround[n][0];
    const std::int64_t v = y + kAround[n][1];
    result[n] = u >= 0 && v >= 0 && u < size.width && v < size.height &&
                mask[static_cast<std::size_t>(v * size.width + u)] != 0;
  }
  return result;
}

bool may_be_removed(const std::array<bool, 8>& p, bool second_pass) {
  const auto count = std::count(p.begin(), p.end(), true);
  int rises = 0;
  for (std::size_t n = 0; n < 8; ++n) {
    rises += !p[n] && p[(n + 1) % 8] ? 1 : 0;
  }
  if (count < 2 || count > 6 || rises != 1) {
    return false;
  }
  const bool up = p[0];
  const bool right = p[2];
  const bool down = p[4];
  const bool left = p[6];
  return second_pass ? !(up && right && left) && !(up && down && left)
                     : !(up && right && down) && !(right && down && left);
}

}  // namespace

std::vector<float> distance_to_mask(std::span<const std::uint8_t> mask, const PlaneSize& size) {
  const std::vector<double> exact =
      distance_transform_mm(mask, {size.width, size.height, 1}, {1, 1, 1});
  return {exact.begin(), exact.end()};
}

std::vector<std::uint8_t> thin(std::span<const std::uint8_t> mask, const PlaneSize& size) {
  std::vector<std::uint8_t> result(mask.begin(), mask.end());
  std::vector<std::int64_t> inside;
  for (std::int64_t pixel = 0; pixel < size.count(); ++pixel) {
    if (result[static_cast<std::size_t>(pixel)] != 0) {
      inside.push_back(pixel);
    }
  }
  std::vector<std::int64_t> doomed;
  for (bool changed = true; changed;) {
    changed = false;
    for (const bool second_pass : {false, true}) {
      doomed.clear();
      for (const std::int64_t pixel : inside) {
        if (may_be_removed(neighbours(result, size, pixel), second_pass)) {
          doomed.push_back(pixel);
        }
      }
      for (const std::int64_t pixel : doomed) {
        result[static_cast<std::size_t>(pixel)] = 0;
      }
      std::erase_if(
          inside, [&](std::int64_t pixel) { return result[static_cast<std::size_t>(pixel)] == 0; });
      changed = changed || !doomed.empty();
    }
  }
  return result;
}

std::vector<std::int64_t> walk_curve(std::span<const std::uint8_t> curve, const PlaneSize& size,
                                     std::int64_t start, std::int64_t limit) {
  std::vector<std::uint8_t> open(curve.begin(), curve.end());
  std::vector<std::int64_t> path;
  if (limit < 1) {
    return path;
  }
  path.push_back(start);
  open[static_cast<std::size_t>(start)] = 0;
  for (std::size_t next = 0; next < path.size(); ++next) {
    const auto near = neighbours(open, size, path[next]);
    for (std::size_t n = 0; n < 8; ++n) {
      if (!near[n]) {
        continue;
      }
      if (static_cast<std::int64_t>(path.size()) == limit) {
        return path;
      }
      const std::int64_t pixel = path[next] + kAround[n][1] * size.width + kAround[n][0];
      open[static_cast<std::size_t>(pixel)] = 0;
      path.push_back(pixel);
    }
  }
  return path;
}

}  // namespace medcl
