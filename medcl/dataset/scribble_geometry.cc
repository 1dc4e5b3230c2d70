// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/scribble_geometry.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace medcl {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Lower envelope of the parabolas (q - i)^2 + values[i], sampled at every q, in place.
class Envelope {
 public:
  explicit Envelope(std::int64_t longest)
      : sites_(static_cast<std::size_t>(longest)),
        starts_(static_cast<std::size_t>(longest) + 1),
        result_(static_cast<std::size_t>(longest)) {}

  void apply(std::span<double> values, std::int64_t stride, std::int64_t count) {
    const auto value = [&](std::int64_t i) -> double& {
      return values[static_cast<std::size_t>(i * stride)];
    };
    std::int64_t last = -1;
    for (std::int64_t q = 0; q < count; ++q) {
      if (value(q) == kInfinity) {
        continue;
      }
      double meet = -kInfinity;
      for (; last >= 0; --last) {
        const std::int64_t i = sites_[static_cast<std::size_t>(last)];
        meet = (value(q) - value(i) + static_cast<double>(q * q - i * i)) /
               static_cast<double>(2 * (q - i));
        if (meet > starts_[static_cast<std::size_t>(last)]) {
          break;
        }
      }
      ++last;
      sites_[static_cast<std::size_t>(last)] = q;
      starts_[static_cast<std::size_t>(last)] = last == 0 ? -kInfinity : meet;
    }
    if (last < 0) {
      return;
    }
    std::int64_t current = 0;
    for (std::int64_t q = 0; q < count; ++q) {
      while (current < last &&
             starts_[static_cast<std::size_t>(current) + 1] < static_cast<double>(q)) {
        ++current;
      }
      const std::int64_t i = sites_[static_cast<std::size_t>(current)];
      result_[static_cast<std::size_t>(q)] = static_cast<double>((q - i) * (q - i)) + value(i);
    }
    for (std::int64_t q = 0; q < count; ++q) {
      value(q) = result_[static_cast<std::size_t>(q)];
    }
  }

 private:
  std::vector<std::int64_t> sites_;
  std::vector<double> starts_, result_;
};

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
  std::vector<double> squared(mask.size());
  std::transform(mask.begin(), mask.end(), squared.begin(),
                 [](std::uint8_t inside) { return inside != 0 ? 0.0 : kInfinity; });
  Envelope envelope(std::max(size.width, size.height));
  for (std::int64_t x = 0; x < size.width; ++x) {
    envelope.apply(std::span(squared).subspan(static_cast<std::size_t>(x)), size.width,
                   size.height);
  }
  for (std::int64_t y = 0; y < size.height; ++y) {
    envelope.apply(std::span(squared).subspan(static_cast<std::size_t>(y * size.width)), 1,
                   size.width);
  }
  std::vector<float> distance(mask.size());
  std::transform(squared.begin(), squared.end(), distance.begin(),
                 [](double value) { return static_cast<float>(std::sqrt(value)); });
  return distance;
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
