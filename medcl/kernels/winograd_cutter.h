// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the tiles of an image lie, and the pixels they are made of. Internal to the
// winograd_avx*.cc files.

#include <algorithm>
#include <vector>

#include "medcl/kernels/winograd_vectors.h"

namespace medcl::fast::winograd::MEDCL_LEVEL {

/// A tile of a convolution's results; next() goes on row by row and image by image.
class Place {
 public:
  Place(const Tiling& tiling, std::int64_t tile)
      : rows_(tiling.rows()),
        columns_(tiling.columns()),
        image_(tile / tiling.per_image()),
        row_(tile % tiling.per_image() / columns_),
        column_(tile % columns_) {}

  [[nodiscard]] std::int64_t image() const { return image_; }
  [[nodiscard]] std::int64_t row() const { return row_; }
  [[nodiscard]] std::int64_t column() const { return column_; }

  void next() {
    if (++column_ < columns_) return;
    column_ = 0;
    if (++row_ < rows_) return;
    row_ = 0;
    ++image_;
  }

 private:
  std::int64_t rows_, columns_, image_, row_, column_;
};

/// An image that tiles are cut from: every `row_step` rows and `column_step` columns one, the first
/// `padding` before the image.
template <typename T>
struct Source {
  const T* values;
  std::int64_t height, width, channels, row_step, column_step, padding;
};

template <typename T>
Source<T> convolved(const Tiling& tiling, const T* image, std::int64_t channels) {
  return {image,         tiling.height,     tiling.width,
          channels,      tiling.row_step(), tiling.column_step(),
          tiling.padding};
}

template <typename T>
Source<T> result_of(const Tiling& tiling, const T* image, std::int64_t channels) {
  return {image,    tiling.out_height,  tiling.out_width,
          channels, tiling.tile_rows(), tiling.tile_columns(),
          0};
}

/// Some pixels: their channels lie `row` and `pixel` values from those above and left of them.
template <typename T>
struct Patch {
  const T* corner;
  std::int64_t row, pixel;
};

/// Cuts patches of kRows x kColumns pixels, a copy where they reach over the image's edge: there
/// they are zero.
template <typename T, int kRows, int kColumns>
class Cutter {
 public:
  explicit Cutter(const Source<T>& source)
      : source_(source), copy_(static_cast<std::size_t>(kRows * kColumns * source.channels)) {}

  Patch<T> cut(const Place& place) {
    const std::int64_t channels = source_.channels;
    const std::int64_t top = place.row() * source_.row_step - source_.padding;
    const std::int64_t left = place.column() * source_.column_step - source_.padding;
    const std::int64_t first = (place.image() * source_.height + top) * source_.width + left;
    if (top >= 0 && left >= 0 && top + kRows <= source_.height &&
        left + kColumns <= source_.width) {
      return {source_.values + first * channels, source_.width * channels, channels};
    }
    const std::int64_t from = std::clamp<std::int64_t>(-left, 0, kColumns);
    const std::int64_t until = std::clamp<std::int64_t>(source_.width - left, from, kColumns);
    T* to = copy_.data();
    for (std::int64_t r = 0; r < kRows; ++r, to += kColumns * channels) {
      if (top + r < 0 || top + r >= source_.height || from == until) {
        std::fill_n(to, kColumns * channels, T{});
        continue;
      }
      std::fill_n(to, from * channels, T{});
      std::copy_n(source_.values + (first + r * source_.width + from) * channels,
                  (until - from) * channels, to + from * channels);
      std::fill_n(to + until * channels, (kColumns - until) * channels, T{});
    }
    return {copy_.data(), kColumns * channels, channels};
  }

  /// Zeros.
  Patch<T> nothing() {
    std::fill(copy_.begin(), copy_.end(), T{});
    return {copy_.data(), kColumns * source_.channels, source_.channels};
  }

 private:
  Source<T> source_;
  std::vector<T> copy_;
};

}  // namespace medcl::fast::winograd::MEDCL_LEVEL
