// SPDX-License-Identifier: Apache-2.0
#pragma once

// From images to tiles, and back from products to results. Internal to the winograd_avx*.cc files.

#include <array>
#include <vector>

#include "medcl/model/fast/winograd_transforms.h"

namespace medcl::fast::winograd::MEDCL_LEVEL {

struct Place {
  std::int64_t image, row, column;  // of the tile
};

inline Place place_of(const Tiling& tiling, std::int64_t tile) {
  const std::int64_t image = tile / tiling.per_image(), rest = tile % tiling.per_image();
  return {image, rest / tiling.columns(), rest % tiling.columns()};
}

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

/// Pointers to the channels of the kSide x kSide pixels of a tile; outside the image to zeros.
template <typename T, int kSide>
class Pixels {
 public:
  explicit Pixels(const Source<T>& source)
      : source_(source), zeros_(static_cast<std::size_t>(source.channels)) {
    for (int r = 0; r < kSide; ++r) {
      for (int c = 0; c < kSide; ++c) {
        offsets_[index(r, c)] = (r * source.width + c) * source.channels;
      }
    }
  }

  /// All zeros for a tile past the last.
  void find(const Tiling& tiling, std::int64_t tile, std::int64_t tiles) {
    if (tile >= tiles) {
      at_.fill(zeros_.data());
      return;
    }
    const Place place = place_of(tiling, tile);
    const std::int64_t top = place.row * source_.step - source_.padding;
    const std::int64_t left = place.column * source_.step - source_.padding;
    const std::int64_t first = (place.image * source_.height + top) * source_.width + left;
    const T* corner = source_.values + first * source_.channels;
    if (top >= 0 && left >= 0 && top + kSide <= source_.height && left + kSide <= source_.width) {
      for (std::size_t i = 0; i < at_.size(); ++i) at_[i] = corner + offsets_[i];
      return;
    }
    for (int r = 0; r < kSide; ++r) {
      for (int c = 0; c < kSide; ++c) {
        const std::int64_t y = top + r, x = left + c;
        const bool is_inside = y >= 0 && y < source_.height && x >= 0 && x < source_.width;
        at_[index(r, c)] = is_inside ? corner + offsets_[index(r, c)] : zeros_.data();
      }
    }
  }

  [[nodiscard]] const T* at(int i) const { return at_[static_cast<std::size_t>(i)]; }

 private:
  static std::size_t index(int row, int column) {
    return static_cast<std::size_t>(row * kSide + column);
  }

  Source<T> source_;
  std::vector<T> zeros_;
  std::array<std::int64_t, std::size_t{kSide} * kSide> offsets_;
  std::array<const T*, std::size_t{kSide} * kSide> at_{};
};

template <typename Transform, typename T>
MEDCL_TARGET_INLINE void transform_pixels(const Pixels<T, Transform::kFrom>& pixels,
                                          std::int64_t channel, Floats* to) {
  constexpr int kCount = Transform::kFrom * Transform::kFrom;
  Floats values[kCount];
#pragma GCC unroll 36
  for (int i = 0; i < kCount; ++i) values[i] = load(pixels.at(i) + channel);
  both_ways<Transform>(values, to);
}

template <typename Transform, typename Words, typename T>
MEDCL_TARGET void patches(const Tiling& tiling, const Source<T>& source, const Range& range,
                          std::int64_t row, Word* positions) {
  const std::int64_t channels = source.channels, count = range.count;
  Pixels<T, Transform::kFrom> pixels(source);
  for (std::int64_t t = 0; t < count; ++t) {
    pixels.find(tiling, range.first + t, range.first + count);
    for (std::int64_t c = 0; c < channels; c += kLanes) {
      Floats values[kCells<Transform>];
      transform_pixels<Transform>(pixels, c, values);
      Word* to = positions + t * row + c / Words::kPerWord;
#pragma GCC unroll 36
      for (int p = 0; p < kCells<Transform>; ++p) {
        Words::store_neighbours(values[p], to);
        to += count * row;
      }
    }
  }
}

/// `sums` [channels]: += all pixels, unless null.
template <typename Transform, typename Words, typename T>
MEDCL_TARGET void patch_words(const Tiling& tiling, const Source<T>& source, const WordRange& range,
                              std::int64_t tiles, Word* positions, float* sums) {
  constexpr int kSumOfPixels = Transform::kTo + 1;  // where A dY A^T is that of dY
  constexpr int kPerWord = Words::kPerWord, kCount = kCells<Transform>;
  const std::int64_t channels = source.channels, words = range.words;
  std::vector<Pixels<T, Transform::kFrom>> pixels(kPerWord, Pixels<T, Transform::kFrom>(source));
  for (std::int64_t word = range.begin; word < range.end; ++word) {
    for (int i = 0; i < kPerWord; ++i) {
      pixels[static_cast<std::size_t>(i)].find(tiling, range.first + kPerWord * word + i, tiles);
    }
    for (std::int64_t c = 0; c < channels; c += kLanes) {
      Floats values[kPerWord * kCount];
      for (int i = 0; i < kPerWord; ++i) {
        transform_pixels<Transform>(pixels[static_cast<std::size_t>(i)], c, values + i * kCount);
      }
      if (sums != nullptr) {
        Floats sum = values[kSumOfPixels];
        for (int i = 1; i < kPerWord; ++i) sum += values[i * kCount + kSumOfPixels];
        store(load(sums + c) + sum, sums + c);
      }
      Word* to = positions + (c / Words::kPanel * words + word) * Words::kPanel + c % Words::kPanel;
#pragma GCC unroll 36
      for (int p = 0; p < kCount; ++p) {
        Words::store_tiles(values + p, kCount, to);
        to += channels * words;
      }
    }
  }
}

template <typename Transform, typename Words, typename T>
MEDCL_TARGET void results(const Tiling& tiling, const float* products, const float* bias,
                          std::int64_t channels, std::int64_t of_panel, const Range& range,
                          T* result) {
  constexpr int kSide = Transform::kTo, kProducts = Transform::kFrom * Transform::kFrom;
  const std::int64_t count = range.count;
  for (std::int64_t t = 0; t < count; ++t) {
    const Place place = place_of(tiling, range.first + t);
    T* image = result + place.image * tiling.out_height * tiling.out_width * channels;
    for (std::int64_t c = 0; c < Words::kPanel; c += kLanes) {
      Floats values[kProducts], pixels[kCells<Transform>];
      const float* from = products + t * Words::kPanel + c;
#pragma GCC unroll 36
      for (int p = 0; p < kProducts; ++p) {
        values[p] = load(from);
        from += count * Words::kPanel;
      }
      both_ways<Transform>(values, pixels);
      const std::int64_t channel = of_panel * Words::kPanel + c;
      const Floats shift = bias == nullptr ? all(0.0F) : load(bias + channel);
#pragma GCC unroll 16
      for (int i = 0; i < kCells<Transform>; ++i) {
        const std::int64_t y = kSide * place.row + i / kSide, x = kSide * place.column + i % kSide;
        if (y >= tiling.out_height || x >= tiling.out_width) continue;
        store(pixels[i] + shift, image + (y * tiling.out_width + x) * channels + channel);
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
