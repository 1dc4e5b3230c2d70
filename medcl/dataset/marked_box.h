// SPDX-License-Identifier: Apache-2.0
#pragma once

// The box around marked pixels of a slice.

#include <algorithm>
#include <cstdint>
#include <limits>

#include "medcl/image/geometry.h"

namespace medcl {

class MarkedBox {
 public:
  void add(std::int64_t x, std::int64_t y) {
    left_ = std::min(left_, x);
    right_ = std::max(right_, x);
    top_ = std::min(top_, y);
    bottom_ = std::max(bottom_, y);
  }
  /// The box around both.
  void add(const MarkedBox& other) {
    left_ = std::min(left_, other.left_);
    right_ = std::max(right_, other.right_);
    top_ = std::min(top_, other.top_);
    bottom_ = std::max(bottom_, other.bottom_);
  }
  /// Whether the other box lies in this one; sides may touch.
  [[nodiscard]] bool contains(const MarkedBox& other) const {
    return left_ <= other.left_ && right_ >= other.right_ && top_ <= other.top_ &&
           bottom_ >= other.bottom_;
  }
  [[nodiscard]] std::int64_t left() const { return left_; }
  [[nodiscard]] std::int64_t top() const { return top_; }
  [[nodiscard]] std::int64_t width() const { return right_ - left_ + 1; }
  [[nodiscard]] std::int64_t height() const { return bottom_ - top_ + 1; }
  /// 0 without any pixel.
  [[nodiscard]] double longer_side_mm(const Point3& spacing_mm) const {
    if (right_ < left_) return 0;
    return std::max(static_cast<double>(width()) * spacing_mm[0],
                    static_cast<double>(height()) * spacing_mm[1]);
  }

 private:
  std::int64_t left_ = std::numeric_limits<std::int64_t>::max(), right_ = -1;
  std::int64_t top_ = std::numeric_limits<std::int64_t>::max(), bottom_ = -1;
};

}  // namespace medcl
