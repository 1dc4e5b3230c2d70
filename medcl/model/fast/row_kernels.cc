// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/fast/row_kernels.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "medcl/model/fast/each_processor.h"

#define MEDCL_ALWAYS_INLINE __attribute__((always_inline))
#define MEDCL_INLINE inline MEDCL_ALWAYS_INLINE

namespace medcl::fast {

namespace {

constexpr std::int64_t kVector = 16;       // floats of the widest register
constexpr std::int64_t kLeastLength = 64;  // values of a block, so that its loop pays

MEDCL_INLINE float load(float value) { return value; }
MEDCL_INLINE float load(BFloat16 value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16);
}

MEDCL_INLINE void store(float value, float& to) { to = value; }
MEDCL_INLINE void store(float value, BFloat16& to) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t even = bits + 0x7FFFU + ((bits >> 16) & 1U);  // round to nearest even
  const std::uint32_t quiet = (bits >> 16) | 0x40U;
  const bool is_nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
  to.bits = static_cast<std::uint16_t>(is_nan ? quiet : even >> 16);
}

/// Source: finaliser of MurmurHash3 (A. Appleby, public domain).
MEDCL_INLINE std::uint32_t hash(std::uint32_t index, std::uint32_t key) {
  std::uint32_t h = (index * 0x9E3779B1U) ^ key;
  h = (h ^ (h >> 16)) * 0x85EBCA6BU;
  h = (h ^ (h >> 13)) * 0xC2B2AE35U;
  return h ^ (h >> 16);
}

/// Factor of dropout and of the slope of LeakyReLU at z.
MEDCL_INLINE float gate(float z, float slope, const Dropout& dropout, std::uint32_t index) {
  const float rectified = z > 0 ? 1.0F : slope;
  if (dropout.threshold == 0) return rectified;
  return hash(index, dropout.key) < dropout.threshold ? 0.0F : rectified * dropout.scale;
}

/// Calls block(offset, count): whole blocks of `length` values and what is left.
template <typename Block>
MEDCL_INLINE void for_blocks(std::int64_t count, std::int64_t length, const Block& block) {
  std::int64_t offset = 0;
  for (; offset + length <= count; offset += length) block(offset, length);
  if (offset < count) block(offset, count - offset);
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

template <typename T>
MEDCL_INLINE void forward(const Stretch<T>& x, std::int64_t length, const NormPattern& pattern,
                          float slope, const Dropout dropout, T* result) {
  const float* __restrict__ scale = pattern.scale.data();
  const float* __restrict__ bias = pattern.bias.data();
  const float* __restrict__ mean = pattern.mean.data();
  for_blocks(x.count, length, [&](std::int64_t offset, std::int64_t count) MEDCL_ALWAYS_INLINE {
    const T* __restrict__ values = x.values + offset;
    T* __restrict__ y = result + offset;
    const auto first = static_cast<std::uint32_t>(x.first + offset);
    for (std::int64_t i = 0; i < count; ++i) {
      const float z = scale[i] * (load(values[i]) - mean[i]) + bias[i];
      store(z * gate(z, slope, dropout, first + static_cast<std::uint32_t>(i)), y[i]);
    }
  });
}

template <typename T>
MEDCL_INLINE void gradient_moments(const Stretch<T>& x, std::int64_t length,
                                   const NormPattern& pattern, float slope, const Dropout dropout,
                                   const T* gradient, float* __restrict__ sum,
                                   float* __restrict__ product) {
  const float* __restrict__ scale = pattern.scale.data();
  const float* __restrict__ bias = pattern.bias.data();
  const float* __restrict__ mean = pattern.mean.data();
  const float* __restrict__ inverse = pattern.inverse.data();
  for_blocks(x.count, length, [&](std::int64_t offset, std::int64_t count) MEDCL_ALWAYS_INLINE {
    const T* __restrict__ values = x.values + offset;
    const T* __restrict__ dy = gradient + offset;
    const auto first = static_cast<std::uint32_t>(x.first + offset);
    for (std::int64_t i = 0; i < count; ++i) {
      const float value = load(values[i]);
      const float z = scale[i] * (value - mean[i]) + bias[i];
      const float g = load(dy[i]) * gate(z, slope, dropout, first + static_cast<std::uint32_t>(i));
      sum[i] += g;
      product[i] += g * ((value - mean[i]) * inverse[i]);
    }
  });
}

template <typename T>
MEDCL_INLINE void backward(const Stretch<T>& x, std::int64_t length, const NormPattern& pattern,
                           float slope, const Dropout dropout, const T* gradient, T* result) {
  const float* __restrict__ scale = pattern.scale.data();
  const float* __restrict__ bias = pattern.bias.data();
  const float* __restrict__ mean = pattern.mean.data();
  const float* __restrict__ inverse = pattern.inverse.data();
  const float* __restrict__ gradient_mean = pattern.gradient_mean.data();
  const float* __restrict__ gradient_slope = pattern.gradient_slope.data();
  for_blocks(x.count, length, [&](std::int64_t offset, std::int64_t count) MEDCL_ALWAYS_INLINE {
    const T* __restrict__ values = x.values + offset;
    const T* __restrict__ dy = gradient + offset;
    T* __restrict__ dx = result + offset;
    const auto first = static_cast<std::uint32_t>(x.first + offset);
    for (std::int64_t i = 0; i < count; ++i) {
      const float value = load(values[i]);
      const float z = scale[i] * (value - mean[i]) + bias[i];
      const float g = load(dy[i]) * gate(z, slope, dropout, first + static_cast<std::uint32_t>(i));
      const float normalised = (value - mean[i]) * inverse[i];
      store(scale[i] * (g - gradient_mean[i] - normalised * gradient_slope[i]), dx[i]);
    }
  });
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
#define MEDCL_KERNELS(T)                                                                  \
  template <>                                                                             \
  MEDCL_EACH_PROCESSOR void add_moments(const Stretch<T>& x, std::int64_t length,         \
                                        const float* origin, float* sum, float* square) { \
    moments(x, length, origin, sum, square);                                              \
  }                                                                                       \
  template <>                                                                             \
  MEDCL_EACH_PROCESSOR void normalise_rectify(const Stretch<T>& x, std::int64_t length,   \
                                              const NormPattern& pattern, float slope,    \
                                              const Dropout& dropout, T* y) {             \
    forward(x, length, pattern, slope, dropout, y);                                       \
  }                                                                                       \
  template <>                                                                             \
  MEDCL_EACH_PROCESSOR void add_gradient_moments(                                         \
      const Stretch<T>& x, std::int64_t length, const NormPattern& pattern, float slope,  \
      const Dropout& dropout, const T* dy, float* sum, float* product) {                  \
    gradient_moments(x, length, pattern, slope, dropout, dy, sum, product);               \
  }                                                                                       \
  template <>                                                                             \
  MEDCL_EACH_PROCESSOR void backward_rectify_normalise(                                   \
      const Stretch<T>& x, std::int64_t length, const NormPattern& pattern, float slope,  \
      const Dropout& dropout, const T* dy, T* dx) {                                       \
    backward(x, length, pattern, slope, dropout, dy, dx);                                 \
  }

MEDCL_KERNELS(float)
MEDCL_KERNELS(BFloat16)

}  // namespace medcl::fast
