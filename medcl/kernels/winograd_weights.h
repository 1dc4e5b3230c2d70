// SPDX-License-Identifier: Apache-2.0
#pragma once

// Transforms of a convolution's kernel and of its gradient. Internal to the winograd_avx*.cc files.

#include <type_traits>

#include "medcl/kernels/winograd_both_sides.h"

namespace medcl::fast::winograd::MEDCL_LEVEL {

/// Kernels whose neighbours in memory are the channels of a panel: `tap` from one of their nine
/// taps to the next, `summed` between the channels that are summed over.
struct Taps {
  const float* values;
  std::int64_t tap, summed;
};

/// The positions of one panel of kernels that sum over so many channels.
template <typename Transform, bool kTurned, typename Words>
MEDCL_TARGET_INLINE void transform_taps(const Taps& taps, std::int64_t channels,
                                        std::int64_t position_step, Word* positions) {
  constexpr int kPerWord = Words::kPerWord, kCount = Transform::kTo;
  for (std::int64_t word = 0; word < channels / kPerWord; ++word) {
    for (std::int64_t n = 0; n < Words::kPanel; n += kLanes) {
      Floats values[kPerWord * kCount];
      for (int i = 0; i < kPerWord; ++i) {
        const float* from = taps.values + (word * kPerWord + i) * taps.summed + n;
        Floats kernel[9];
#pragma GCC unroll 9
        for (int t = 0; t < 9; ++t) kernel[t] = load(from + (kTurned ? 8 - t : t) * taps.tap);
        Transform::apply(kernel, values + i * kCount);
      }
      Word* to = positions + word * Words::kPanel + n;
#pragma GCC unroll 36
      for (int p = 0; p < kCount; ++p) {
        Words::store_tiles(values + p, kCount, to);
        to += position_step;
      }
    }
  }
}

template <typename Transform, typename Words>
MEDCL_TARGET void kernel(const Weight& weight, std::int64_t of_panel, Word* positions) {
  constexpr std::int64_t kPanel = Words::kPanel, kChannels = 16;
  const std::int64_t in = weight.in;
  const float* rows = weight.values + of_panel * kPanel * 9 * in;
  float turned[kChannels * 9 * kPanel];  // [I, 3, 3, O] of some channels
  for (std::int64_t first = 0; first < in; first += kChannels) {
    for (std::int64_t o = 0; o < kPanel; ++o) {
      for (std::int64_t t = 0; t < 9; ++t) {
        const float* from = rows + (o * 9 + t) * in + first;
        for (std::int64_t c = 0; c < kChannels; ++c) turned[(c * 9 + t) * kPanel + o] = from[c];
      }
    }
    transform_taps<Transform, false, Words>({turned, kPanel, 9 * kPanel}, kChannels,
                                            in / Words::kPerWord * kPanel,
                                            positions + first / Words::kPerWord * kPanel);
  }
}

template <typename Transform, bool kTurned, typename Words>
MEDCL_TARGET void transposed_kernel(const Weight& weight, std::int64_t of_panel, Word* positions) {
  transform_taps<Transform, kTurned, Words>(
      {weight.values + of_panel * Words::kPanel, weight.in, 9 * weight.in}, weight.out,
      weight.out / Words::kPerWord * Words::kPanel, positions);
}

template <typename Transform>
MEDCL_TARGET void kernel_gradient(const float* positions, std::int64_t out, std::int64_t in,
                                  std::int64_t row, float* gradient) {
  constexpr int kCount = Transform::kFrom;
  for (std::int64_t c = 0; c < in; c += kLanes) {
    Floats values[kCount], taps[9];
#pragma GCC unroll 36
    for (int p = 0; p < kCount; ++p) values[p] = load(positions + (p * out + row) * in + c);
    Transform::apply(values, taps);
#pragma GCC unroll 9
    for (int t = 0; t < 9; ++t) store(taps[t], gradient + (row * 9 + t) * in + c);
  }
}

template <typename Words>
void transform_kernel(Kind kind, const Weight& weight, std::int64_t of_panel, Word* positions) {
  for_kind(kind, [&]<typename Vertical, typename Horizontal>(Vertical, Horizontal) {
    kernel<Both<typename Vertical::Kernel, typename Horizontal::Kernel>, Words>(weight, of_panel,
                                                                                positions);
  });
}

template <typename Words>
void transform_transposed_kernel(Kind kind, const Weight& weight, std::int64_t of_panel,
                                 Word* positions) {
  for_kind(kind, [&]<typename Vertical, typename Horizontal>(Vertical, Horizontal) {
    transposed_kernel<Both<typename Vertical::Kernel, typename Horizontal::Kernel>,
                      !std::is_same_v<Vertical, Down>, Words>(weight, of_panel, positions);
  });
}

inline void gather_kernel_gradient(Kind kind, const float* positions, std::int64_t out,
                                   std::int64_t in, std::int64_t row, float* gradient) {
  for_kind(kind, [&]<typename Vertical, typename Horizontal>(Vertical, Horizontal) {
    kernel_gradient<Both<typename Vertical::KernelGradient, typename Horizontal::KernelGradient>>(
        positions, out, in, row, gradient);
  });
}

}  // namespace medcl::fast::winograd::MEDCL_LEVEL
