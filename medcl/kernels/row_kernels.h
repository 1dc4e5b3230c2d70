// SPDX-License-Identifier: Apache-2.0
#pragma once

// The inner loops of fused normalisation, without libtorch: plain memory, one thread, one version
// for each kind of processor (each_processor.h).
//
// A matrix of `rows` x `channels` values is what a channels-last tensor [B, C, H, W] looks like:
// row = pixel of an image, memory index = row * channels + channel.

#include <cstdint>
#include <vector>

namespace medcl::fast {

/// bfloat16 as it lies in memory.
struct BFloat16 {
  std::uint16_t bits;
};

/// Values of the channels repeated over as many rows as fill vector registers evenly, so that the
/// loops run over flat blocks whatever the number of channels.
class ChannelPattern {
 public:
  explicit ChannelPattern(std::int64_t channels);
  [[nodiscard]] std::int64_t channels() const { return channels_; }
  [[nodiscard]] std::int64_t length() const { return length_; }
  [[nodiscard]] std::vector<float> repeat(const std::vector<float>& per_channel) const;
  /// Adds each repetition of `pattern` to its channel of `total`.
  void fold(const std::vector<float>& pattern, double* total) const;

 private:
  std::int64_t channels_, length_;
};

/// Dropout as a function of the position: the same mask whenever it is asked for.
struct Dropout {
  std::uint32_t key = 0;
  std::uint32_t threshold = 0;  ///< drops where hash < threshold; 0 = keeps all
  float scale = 1;              ///< 1 / (1 - probability)
};

/// Coefficients of the channels, each of ChannelPattern::length().
struct NormPattern {
  std::vector<float> mean, scale, bias;  ///< z = scale (x - mean) + bias is the normalised value
  std::vector<float> offset, tilt;       ///< dx = scale g + offset + tilt (x - mean)
};

/// A stretch of whole rows; `first` is the memory index of its first value in the whole matrix.
template <typename T>
struct Stretch {
  const T* values;
  std::int64_t count, first;
};

/// Rows of `channels` values, `stride` values apart.
template <typename T>
struct Spaced {
  T* values;
  std::int64_t channels, stride;
};

/// sum[i] += x - origin, square[i] += (x - origin)^2 over the blocks.
template <typename T>
void add_moments(const Stretch<T>& x, std::int64_t length, const float* origin, float* sum,
                 float* square);
/// y = dropout(LeakyReLU(z)).
template <typename T>
void normalise_rectify(const Stretch<T>& x, std::int64_t length, const NormPattern& pattern,
                       float slope, const Dropout& dropout, const Spaced<T>& y);
/// With g = dy through dropout and LeakyReLU: sum[i] += g, product[i] += g (x - mean).
template <typename T>
void add_gradient_moments(const Stretch<T>& x, std::int64_t length, const NormPattern& pattern,
                          float slope, const Dropout& dropout, const Spaced<const T>& dy,
                          float* sum, float* product);
/// dx = scale g + offset + tilt (x - mean).
template <typename T>
void backward_rectify_normalise(const Stretch<T>& x, std::int64_t length,
                                const NormPattern& pattern, float slope, const Dropout& dropout,
                                const Spaced<const T>& dy, T* dx);

}  // namespace medcl::fast
