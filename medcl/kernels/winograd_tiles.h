// SPDX-License-Identifier: Apache-2.0
#pragma once

// From images to tiles, and back from products to results. Internal to the winograd_avx*.cc files.

#include <vector>

#include "medcl/kernels/winograd_both_sides.h"
#include "medcl/kernels/winograd_cutter.h"

namespace medcl::fast::winograd::MEDCL_LEVEL {

/// The first half of a transform, along the `kColumns` columns of a patch. *total += all pixels,
/// unless null.
template <typename Transform, int kColumns, typename T>
MEDCL_TARGET_INLINE void transform_columns(const Patch<T>& patch, std::int64_t channel,
                                           Floats* half_way, Floats* total = nullptr) {
  const T* pixel = patch.corner + channel;
#pragma GCC unroll 6
  for (int c = 0; c < kColumns; ++c) {
    Floats column[Transform::kFrom];
#pragma GCC unroll 6
    for (int r = 0; r < Transform::kFrom; ++r) {
      column[r] = load(pixel + r * patch.row);
      if (total != nullptr) *total += column[r];
    }
    Transform::apply(column, 1, half_way + c, kColumns);
    pixel += patch.pixel;
  }
}

template <typename Vertical, typename Horizontal, typename Words, typename T>
MEDCL_TARGET void patches(const Tiling& tiling, const Source<T>& source, const Range& range,
                          std::int64_t row, Word* positions) {
  constexpr int kColumns = Horizontal::kFrom;
  const std::int64_t channels = source.channels, position_step = range.count * row;
  Cutter<T, Vertical::kFrom, kColumns> cutter(source);
  Place place(tiling, range.first);
  for (std::int64_t t = 0; t < range.count; ++t, place.next()) {
    const Patch<T> patch = cutter.cut(place);
    for (std::int64_t channel = 0; channel < channels; channel += kLanes) {
      Floats half_way[Vertical::kTo * kColumns];
      transform_columns<Vertical, kColumns>(patch, channel, half_way);
      Word* to = positions + t * row + channel / Words::kPerWord;
#pragma GCC unroll 6
      for (int r = 0; r < Vertical::kTo; ++r) {
        Floats values[Horizontal::kTo];
        Horizontal::apply(half_way + r * kColumns, 1, values, 1);
#pragma GCC unroll 6
        for (int c = 0; c < Horizontal::kTo; ++c) {
          Words::store_neighbours(values[c], to);
          to += position_step;
        }
      }
    }
  }
}

/// kSums: sums [channels] += all pixels.
template <typename Vertical, typename Horizontal, typename Words, bool kSums, typename T>
MEDCL_TARGET void patch_words(const Tiling& tiling, const Source<T>& source, const WordRange& range,
                              std::int64_t tiles, Word* positions, float* sums) {
  constexpr int kColumns = Horizontal::kFrom, kTo = Horizontal::kTo;
  constexpr int kPerWord = Words::kPerWord;
  constexpr std::int64_t kPanel = Words::kPanel;
  const std::int64_t channels = source.channels, position_step = channels * range.words;
  std::vector<Cutter<T, Vertical::kFrom, kColumns>> cutters(
      kPerWord, Cutter<T, Vertical::kFrom, kColumns>(source));
  std::int64_t tile = range.first + kPerWord * range.begin;
  Place place(tiling, tile);
  for (std::int64_t word = range.begin; word < range.end; ++word) {
    Patch<T> cut[kPerWord];
    for (int i = 0; i < kPerWord; ++i, ++tile, place.next()) {
      Cutter<T, Vertical::kFrom, kColumns>& cutter = cutters[static_cast<std::size_t>(i)];
      cut[i] = tile < tiles ? cutter.cut(place) : cutter.nothing();
    }
    for (std::int64_t channel = 0; channel < channels; channel += kLanes) {
      Floats half_way[kPerWord][Vertical::kTo * kColumns];
      Floats total = all(0.0F);
      for (int i = 0; i < kPerWord; ++i) {
        transform_columns<Vertical, kColumns>(cut[i], channel, half_way[i],
                                              kSums ? &total : nullptr);
      }
      if constexpr (kSums) store(load(sums + channel) + total, sums + channel);
      Word* to = positions + (channel / kPanel * range.words + word) * kPanel + channel % kPanel;
#pragma GCC unroll 6
      for (int r = 0; r < Vertical::kTo; ++r) {
        Floats values[kPerWord * kTo];
        for (int i = 0; i < kPerWord; ++i) {
          Horizontal::apply(half_way[i] + r * kColumns, 1, values + i * kTo, 1);
        }
#pragma GCC unroll 6
        for (int c = 0; c < kTo; ++c) {
          Words::store_tiles(values + c, kTo, to);
          to += position_step;
        }
      }
    }
  }
}

template <typename Vertical, typename Horizontal, typename Words, typename T>
MEDCL_TARGET void results(const Tiling& tiling, const float* products, const float* bias,
                          std::int64_t channels, std::int64_t of_panel, const Range& range,
                          T* result) {
  constexpr int kColumns = Horizontal::kFrom;
  const std::int64_t height = tiling.out_height, width = tiling.out_width;
  const std::int64_t position_step = range.count * Words::kPanel;
  Place place(tiling, range.first);
  for (std::int64_t t = 0; t < range.count; ++t, place.next()) {
    const std::int64_t top = Vertical::kTo * place.row(), left = Horizontal::kTo * place.column();
    const std::int64_t rows = height - top, columns = width - left;
    T* image = result + ((place.image() * height + top) * width + left) * channels +
               of_panel * Words::kPanel;
    for (std::int64_t lane = 0; lane < Words::kPanel; lane += kLanes) {
      Floats half_way[Vertical::kTo * kColumns];
      transform_columns<Vertical, kColumns>(
          Patch<float>{products + t * Words::kPanel, kColumns * position_step, position_step}, lane,
          half_way);
      const Floats shift =
          bias == nullptr ? all(0.0F) : load(bias + of_panel * Words::kPanel + lane);
#pragma GCC unroll 4
      for (int r = 0; r < Vertical::kTo; ++r) {
        Floats values[Horizontal::kTo];
        Horizontal::apply(half_way + r * kColumns, 1, values, 1);
        T* to = image + r * width * channels + lane;
#pragma GCC unroll 4
        for (int c = 0; c < Horizontal::kTo; ++c) {
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
  for_kind(tiling.kind, [&]<typename Vertical, typename Horizontal>(Vertical, Horizontal) {
    patches<typename Vertical::Patch, typename Horizontal::Patch, Words>(
        tiling, convolved(tiling, image, channels), range, row, positions);
  });
}

template <typename Words, typename T>
void transform_patch_words(const Tiling& tiling, const T* image, std::int64_t channels,
                           const WordRange& range, std::int64_t tiles, Word* positions) {
  for_kind(tiling.kind, [&]<typename Vertical, typename Horizontal>(Vertical, Horizontal) {
    patch_words<typename Vertical::Patch, typename Horizontal::Patch, Words, false>(
        tiling, convolved(tiling, image, channels), range, tiles, positions, nullptr);
  });
}

template <typename Words, typename T>
void transform_gradient_words(const Tiling& tiling, const T* gradient, std::int64_t channels,
                              const WordRange& range, std::int64_t tiles, Word* positions,
                              float* sums) {
  for_kind(tiling.kind, [&]<typename Vertical, typename Horizontal>(Vertical, Horizontal) {
    patch_words<typename Vertical::Gradient, typename Horizontal::Gradient, Words, true>(
        tiling, result_of(tiling, gradient, channels), range, tiles, positions, sums);
  });
}

template <typename Words, typename T>
void gather_results(const Tiling& tiling, const float* products, const float* bias,
                    std::int64_t channels, std::int64_t of_panel, const Range& range, T* result) {
  for_kind(tiling.kind, [&]<typename Vertical, typename Horizontal>(Vertical, Horizontal) {
    results<typename Vertical::Result, typename Horizontal::Result, Words>(
        tiling, products, bias, channels, of_panel, range, result);
  });
}

}  // namespace medcl::fast::winograd::MEDCL_LEVEL
