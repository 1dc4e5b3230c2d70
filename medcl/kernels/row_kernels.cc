// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/row_kernels.h"

#include <algorithm>
#include <numeric>

#include "medcl/kernels/each_processor.h"
#include "medcl/kernels/row_values.h"

namespace medcl::fast {

namespace {

constexpr std::int64_t kVector = 16;       // floats of the widest register
constexpr std::int64_t kLeastLength = 64;  // values of a block, so that its loop pays

/// Calls block(offset, count): whole blocks of `length` values and what is left.
template <typename Block>
MEDCL_INLINE void for_blocks(std::int64_t count, std::int64_t length, const Block& block) {
  std::int64_t offset = 0;
  for (; offset + length <= count; offset += length) block(offset, length);
  if (offset < count) block(offset, count - offset);
}

/// Calls block(offset, values of `spaced`, count): flat blocks of `length` values where rows follow
/// each other without gaps, single rows elsewhere.
template <typename T, typename Block>
MEDCL_INLINE void for_spaced_blocks(std::int64_t count, std::int64_t length,
                                    const Spaced<T>& spaced, const Block& block) {
  if (spaced.stride == spaced.channels) {
    for_blocks(count, length, [&](std::int64_t offset, std::int64_t n) MEDCL_ALWAYS_INLINE {
      block(offset, spaced.values + offset, n);
    });
    return;
  }
  T* row = spaced.values;
  for (std::int64_t offset = 0; offset < count; offset += spaced.channels, row += spaced.stride) {
    block(offset, row, spaced.channels);
  }
}

template <typename T>
MEDCL_INLINE void moments(const Stretch<T>& x, std::int64_t length,
                          const float* __restrict__ origin, float* __restrict__ sum,
                          float* __restrict__ square) {
  for_blocks(x.count, length, [&](std::int64_t offset, std::int64_t count) MEDCL_ALWAYS_INLINE {
    const T* __restrict__ values = x.values + offset;
    for (std::int64_t i = 0; i < count; ++i) {
      const float centred = load(values[i]) - origin[i];
      sum[i] += centred;
      square[i] += centred * centred;
    }
  });
}

template <bool kDrops, typename T>
MEDCL_INLINE void forward(const Stretch<T>& x, std::int64_t length, const NormPattern& pattern,
                          float slope, const Dropout dropout, const Spaced<T>& result) {
  const float* __restrict__ scale = pattern.scale.data();
  const float* __restrict__ bias = pattern.bias.data();
  const float* __restrict__ mean = pattern.mean.data();
  const auto block = [&](std::int64_t offset, T* __restrict__ y,
                         std::int64_t count) MEDCL_ALWAYS_INLINE {
    const T* __restrict__ values = x.values + offset;
    const auto first = static_cast<std::uint32_t>(x.first + offset);
    for (std::int64_t i = 0; i < count; ++i) {
      const float z = scale[i] * (load(values[i]) - mean[i]) + bias[i];
      store(z * gate<kDrops>(z, slope, dropout, first + static_cast<std::uint32_t>(i)), y[i]);
    }
  };
  for_spaced_blocks(x.count, length, result, block);
}

template <bool kDrops, typename T>
MEDCL_INLINE void gradient_moments(const Stretch<T>& x, std::int64_t length,
                                   const NormPattern& pattern, float slope, const Dropout dropout,
                                   const Spaced<const T>& gradient, float* __restrict__ sum,
                                   float* __restrict__ product) {
  const float* __restrict__ scale = pattern.scale.data();
  const float* __restrict__ bias = pattern.bias.data();
  const float* __restrict__ mean = pattern.mean.data();
  const auto block = [&](std::int64_t offset, const T* __restrict__ dy,
                         std::int64_t count) MEDCL_ALWAYS_INLINE {
    const T* __restrict__ values = x.values + offset;
    const auto first = static_cast<std::uint32_t>(x.first + offset);
    for (std::int64_t i = 0; i < count; ++i) {
      const float centred = load(values[i]) - mean[i];
      const float z = scale[i] * centred + bias[i];
      const float g =
          load(dy[i]) * gate<kDrops>(z, slope, dropout, first + static_cast<std::uint32_t>(i));
      sum[i] += g;
      product[i] += g * centred;
    }
  };
  for_spaced_blocks(x.count, length, gradient, block);
}

template <bool kDrops, typename T>
MEDCL_INLINE void backward(const Stretch<T>& x, std::int64_t length, const NormPattern& pattern,
                           float slope, const Dropout dropout, const Spaced<const T>& gradient,
                           T* result) {
  const float* __restrict__ scale = pattern.scale.data();
  const float* __restrict__ bias = pattern.bias.data();
  const float* __restrict__ mean = pattern.mean.data();
  const float* __restrict__ offset_of = pattern.offset.data();
  const float* __restrict__ tilt = pattern.tilt.data();
  const auto block = [&](std::int64_t offset, const T* __restrict__ dy,
                         std::int64_t count) MEDCL_ALWAYS_INLINE {
    const T* __restrict__ values = x.values + offset;
    T* __restrict__ dx = result + offset;
    const auto first = static_cast<std::uint32_t>(x.first + offset);
    for (std::int64_t i = 0; i < count; ++i) {
      const float centred = load(values[i]) - mean[i];
      const float z = scale[i] * centred + bias[i];
      const float g =
          load(dy[i]) * gate<kDrops>(z, slope, dropout, first + static_cast<std::uint32_t>(i));
      store(scale[i] * g + (offset_of[i] + tilt[i] * centred), dx[i]);
    }
  };
  for_spaced_blocks(x.count, length, gradient, block);
}

}  // namespace

ChannelPattern::ChannelPattern(std::int64_t channels) : channels_(channels) {
  const std::int64_t even = std::lcm(channels, kVector);
  length_ = even * std::max<std::int64_t>(1, (kLeastLength + even - 1) / even);
}

std::vector<float> ChannelPattern::repeat(const std::vector<float>& per_channel) const {
  std::vector<float> pattern(static_cast<std::size_t>(length_));
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    pattern[i] = per_channel[i % static_cast<std::size_t>(channels_)];
  }
  return pattern;
}

void ChannelPattern::fold(const std::vector<float>& pattern, double* total) const {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    total[i % static_cast<std::size_t>(channels_)] += static_cast<double>(pattern[i]);
  }
}

// One pair of definitions for each kernel: a function with clones cannot be a template.
#define MEDCL_KERNELS(T)                                                                    \
  template <>                                                                               \
  MEDCL_EACH_PROCESSOR void add_moments(const Stretch<T>& x, std::int64_t length,           \
                                        const float* origin, float* sum, float* square) {   \
    moments(x, length, origin, sum, square);                                                \
  }                                                                                         \
  template <>                                                                               \
  MEDCL_EACH_PROCESSOR void normalise_rectify(const Stretch<T>& x, std::int64_t length,     \
                                              const NormPattern& pattern, float slope,      \
                                              const Dropout& dropout, const Spaced<T>& y) { \
    dropout.threshold == 0 ? forward<false>(x, length, pattern, slope, dropout, y)          \
                           : forward<true>(x, length, pattern, slope, dropout, y);          \
  }                                                                                         \
  template <>                                                                               \
  MEDCL_EACH_PROCESSOR void add_gradient_moments(                                           \
      const Stretch<T>& x, std::int64_t length, const NormPattern& pattern, float slope,    \
      const Dropout& dropout, const Spaced<const T>& dy, float* sum, float* product) {      \
    dropout.threshold == 0                                                                  \
        ? gradient_moments<false>(x, length, pattern, slope, dropout, dy, sum, product)     \
        : gradient_moments<true>(x, length, pattern, slope, dropout, dy, sum, product);     \
  }                                                                                         \
  template <>                                                                               \
  MEDCL_EACH_PROCESSOR void backward_rectify_normalise(                                     \
      const Stretch<T>& x, std::int64_t length, const NormPattern& pattern, float slope,    \
      const Dropout& dropout, const Spaced<const T>& dy, T* dx) {                           \
    dropout.threshold == 0 ? backward<false>(x, length, pattern, slope, dropout, dy, dx)    \
                           : backward<true>(x, length, pattern, slope, dropout, dy, dx);    \
  }

MEDCL_KERNELS(float)
MEDCL_KERNELS(BFloat16)

}  // namespace medcl::fast
