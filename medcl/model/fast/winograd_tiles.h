// SPDX-License-Identifier: Apache-2.0
#pragma once

// From images to tiles, and back from products to results. Internal to the winograd_avx*.cc files.

#include <algorithm>
#include <vector>

#include "medcl/model/fast/winograd_transforms.h"

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

/// An image that tiles are cut from: every `step` pixels one, the first `padding` before the image.
template <typename T>
struct Source {
  const T* values;
  std::int64_t height, width, channels, step, padding;
};

template <typename T>
Source<T> convolved(const Tiling& tiling, const T* image, std::int64_t channels) {
  return {image, tiling.height, tiling.width, channels, tiling.step(), tiling.padding};
}

template <typename T>
Source<T> result_of(const Tiling& tiling, const T* image, std::int64_t channels) {
  return {image, tiling.out_height, tiling.out_width, channels, tiling.side(), 0};
}

/// Some pixels: their channels lie `row` and `pixel` values from those above and left of them.
template <typename T>
struct Patch {
  const T* corner;
  std::int64_t row, pixel;
};

/// Cuts patches of kSide x kSide pixels, a copy where they reach over the image's edge: there they
/// are zero.
template <typename T, int kSide>
class Cutter {
 public:
  explicit Cutter(const Source<T>& source)
      : source_(source), copy_(static_cast<std::size_t>(kSide * kSide * source.channels)) {}

  Patch<T> cut(const Place& place) {
    const std::int64_t channels = source_.channels;
    const std::int64_t top = place.row() * source_.step - source_.padding;
    const std::int64_t left = place.column() * source_.step - source_.padding;
    const std::int64_t first = (place.image() * source_.height + top) * source_.width + left;
    if (top >= 0 && left >= 0 && top + kSide <= source_.height && left + kSide <= source_.width) {
      return {source_.values + first * channels, source_.width * channels, channels};
    }
    nothing();
    const std::int64_t from = std::max<std::int64_t>(0, -left);
    const std::int64_t until = std::min<std::int64_t>(kSide, source_.width - left);
    for (std::int64_t r = 0; r < kSide; ++r) {
      if (top + r < 0 || top + r >= source_.height || from >= until) continue;
      std::copy_n(source_.values + (first + r * source_.width + from) * channels,
                  (until - from) * channels, copy_.data() + (r * kSide + from) * channels);
    }
    return {copy_.data(), kSide * channels, channels};
  }

  /// Zeros.
  Patch<T> nothing() {
    std::fill(copy_.begin(), copy_.end(), T{});
    return {copy_.data(), kSide * source_.channels, source_.channels};
  }

 private:
  Source<T> source_;
  std::vector<T> copy_;
};

/// The first half of a transform, along the columns of a patch.
template <typename Transform, typename T>
MEDCL_TARGET_INLINE void transform_columns(const Patch<T>& patch, std::int64_t channel,
                                           Floats* half_way) {
  const T* pixel = patch.corner + channel;
#pragma GCC unroll 6
  for (int c = 0; c < Transform::kFrom; ++c) {
    Floats column[Transform::kFrom];
#pragma GCC unroll 6
    for (int r = 0; r < Transform::kFrom; ++r) column[r] = load(pixel + r * patch.row);
    Transform::apply(column, 1, half_way + c, Transform::kFrom);
    pixel += patch.pixel;
  }
}

template <typename Transform, typename Words, typename T>
MEDCL_TARGET void patches(const Tiling& tiling, const Source<T>& source, const Range& range,
                          std::int64_t row, Word* positions) {
  constexpr int kFrom = Transform::kFrom, kTo = Transform::kTo;
  const std::int64_t channels = source.channels, position_step = range.count * row;
  Cutter<T, kFrom> cutter(source);
  Place place(tiling, range.first);
  for (std::int64_t t = 0; t < range.count; ++t, place.next()) {
    const Patch<T> patch = cutter.cut(place);
    for (std::int64_t channel = 0; channel < channels; channel += kLanes) {
      Floats half_way[kTo * kFrom];
      transform_columns<Transform>(patch, channel, half_way);
      Word* to = positions + t * row + channel / Words::kPerWord;
#pragma GCC unroll 6
      for (int r = 0; r < kTo; ++r) {
        Floats values[kTo];
        Transform::apply(half_way + r * kFrom, 1, values, 1);
#pragma GCC unroll 6
        for (int c = 0; c < kTo; ++c) {
          Words::store_neighbours(values[c], to);
          to += position_step;
        }
      }
    }
  }
}

/// `sums` [channels]: += all pixels, unless null.
template <typename Transform, typename Words, typename T>
MEDCL_TARGET void patch_words(const Tiling& tiling, const Source<T>& source, const WordRange& range,
                              std::int64_t tiles, Word* positions, float* sums) {
  constexpr int kFrom = Transform::kFrom, kTo = Transform::kTo;
  constexpr int kPerWord = Words::kPerWord;
  constexpr std::int64_t kPanel = Words::kPanel;
  const std::int64_t channels = source.channels, position_step = channels * range.words;
  std::vector<Cutter<T, kFrom>> cutters(kPerWord, Cutter<T, kFrom>(source));
  std::int64_t tile = range.first + kPerWord * range.begin;
  Place place(tiling, tile);
  for (std::int64_t word = range.begin; word < range.end; ++word) {
    Patch<T> cut[kPerWord];
    for (int i = 0; i < kPerWord; ++i, ++tile, place.next()) {
      Cutter<T, kFrom>& cutter = cutters[static_cast<std::size_t>(i)];
      cut[i] = tile < tiles ? cutter.cut(place) : cutter.nothing();
    }
    for (std::int64_t channel = 0; channel < channels; channel += kLanes) {
      Floats half_way[kPerWord][kTo * kFrom];
      for (int i = 0; i < kPerWord; ++i) {
        transform_columns<Transform>(cut[i], channel, half_way[i]);
      }
      Word* to = positions + (channel / kPanel * range.words + word) * kPanel + channel % kPanel;
#pragma GCC unroll 6
      for (int r = 0; r < kTo; ++r) {
        Floats values[kPerWord * kTo];
        for (int i = 0; i < kPerWord; ++i) {
          Transform::apply(half_way[i] + r * kFrom, 1, values + i * kTo, 1);
        }
#pragma GCC unroll 6
        for (int c = 0; c < kTo; ++c) {
          Words::store_tiles(values + c, kTo, to);
          to += position_step;
        }
        if (r == 1 && sums != nullptr) {  // at (1, 1) A dY A^T is the sum of dY
          Floats sum = load(sums + channel);
          for (int i = 0; i < kPerWord; ++i) sum += values[i * kTo + 1];
          store(sum, sums + channel);
        }
      }
    }
  }
}

template <typename Transform, typename Words, typename T>
MEDCL_TARGET void results(const Tiling& tiling, const float* products, const float* bias,
                          std::int64_t channels, std::int64_t of_panel, const Range& range,
                          T* result) {
  constexpr int kFrom = Transform::kFrom, kTo = Transform::kTo;
  const std::int64_t height = tiling.out_height, width = tiling.out_width;
  const std::int64_t position_step = range.count * Words::kPanel;
  Place place(tiling, range.first);
  for (std::int64_t t = 0; t < range.count; ++t, place.next()) {
    const std::int64_t top = kTo * place.row(), left = kTo * place.column();
    const std::int64_t rows = height - top, columns = width - left;
    T* image = result + ((place.image() * height + top) * width + left) * channels +
               of_panel * Words::kPanel;
    for (std::int64_t lane = 0; lane < Words::kPanel; lane += kLanes) {
      Floats half_way[kTo * kFrom];
      transform_columns<Transform>(
          Patch<float>{products + t * Words::kPanel, kFrom * position_step, position_step}, lane,
          half_way);
      const Floats shift =
          bias == nullptr ? all(0.0F) : load(bias + of_panel * Words::kPanel + lane);
#pragma GCC unroll 4
      for (int r = 0; r < kTo; ++r) {
        Floats values[kTo];
        Transform::apply(half_way + r * kFrom, 1, values, 1);
        T* to = image + r * width * channels + lane;
#pragma GCC unroll 4
        for (int c = 0; c < kTo; ++c) {
          if (r < rows && c < columns) store(values[c] + shift, to);
          to += channels;
        }
      }
    }
  }
}

template <typename Words, typename T>
void transform_patches(const Tiling& tiling, const T* image, std::int64_t channels,
                       const Range& range, std::int64_t row, Word* positions) {
  const auto transform = tiling.kind == Kind::kTwo    ? &patches<TwoPatch, Words, T>
                         : tiling.kind == Kind::kFour ? &patches<FourPatch, Words, T>
                         : tiling.kind == Kind::kUp   ? &patches<UpPatch, Words, T>
                                                      : &patches<DownPatch, Words, T>;
  transform(tiling, convolved(tiling, image, channels), range, row, positions);
}

template <typename Words, typename T>
void transform_patch_words(const Tiling& tiling, const T* image, std::int64_t channels,
                           const WordRange& range, std::int64_t tiles, Word* positions) {
  const auto transform = tiling.kind == Kind::kTwo    ? &patch_words<TwoPatch, Words, T>
                         : tiling.kind == Kind::kFour ? &patch_words<FourPatch, Words, T>
                                                      : &patch_words<UpPatch, Words, T>;
  transform(tiling, convolved(tiling, image, channels), range, tiles, positions, nullptr);
}

template <typename Words, typename T>
void transform_gradient_words(const Tiling& tiling, const T* gradient, std::int64_t channels,
                              const WordRange& range, std::int64_t tiles, Word* positions,
                              float* sums) {
  const auto transform = tiling.kind == Kind::kTwo    ? &patch_words<TwoGradient, Words, T>
                         : tiling.kind == Kind::kFour ? &patch_words<FourGradient, Words, T>
                                                      : &patch_words<UpGradient, Words, T>;
  transform(tiling, result_of(tiling, gradient, channels), range, tiles, positions, sums);
}

template <typename Words, typename T>
void gather_results(const Tiling& tiling, const float* products, const float* bias,
                    std::int64_t channels, std::int64_t of_panel, const Range& range, T* result) {
  const auto gather = tiling.kind == Kind::kTwo    ? &results<TwoResult, Words, T>
                      : tiling.kind == Kind::kFour ? &results<FourResult, Words, T>
                      : tiling.kind == Kind::kUp   ? &results<UpResult, Words, T>
                                                   : &results<DownResult, Words, T>;
  gather(tiling, products, bias, channels, of_panel, range, result);
}

}  // namespace medcl::fast::winograd::MEDCL_LEVEL
