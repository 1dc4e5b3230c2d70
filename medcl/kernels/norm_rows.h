// SPDX-License-Identifier: Apache-2.0
#pragma once

// How the passes of norm_passes.h go over a tensor: chunks of rows or of pairs of lines, in
// parallel, and sums of them. Internal to them.

#include <torch/torch.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "medcl/kernels/halving_kernels.h"
#include "medcl/kernels/memory.h"
#include "medcl/kernels/parallel.h"
#include "medcl/kernels/row_kernels.h"

namespace medcl::fast {

/// Chunks of rows that are summed on their own; a constant, so that sums do not depend on threads.
inline constexpr std::int64_t kChunks = 64;

/// work(chunk, first, last) for every chunk of `count` things, in parallel.
template <typename Work>
void for_chunks(std::int64_t count, const Work& work) {
  share_out(kChunks, [&] {
    return [&](std::int64_t chunk) {
      work(chunk, count * chunk / kChunks, count * (chunk + 1) / kChunks);
    };
  });
}

/// Pixels of a tensor, a pixel in each row, `stride` values apart.
template <typename T>
struct Rows {
  explicit Rows(const torch::Tensor& x_bchw)
      : values(values_of<T>(x_bchw)),
        channels(x_bchw.size(1)),
        stride(x_bchw.stride(3)),
        count(x_bchw.numel() / x_bchw.size(1)),
        width(x_bchw.size(3)) {}
  T* values;
  std::int64_t channels, stride, count, width;

  /// Rows [first, last), which follow each other without gaps.
  [[nodiscard]] Stretch<T> stretch(std::int64_t first, std::int64_t last) const {
    return {values + first * channels, (last - first) * channels, first * channels};
  }
  template <typename Values>
  [[nodiscard]] Spaced<Values> from(std::int64_t first) const {
    return {values + first * stride, channels, stride};
  }
  [[nodiscard]] std::int64_t line_pairs() const { return count / width / 2; }
  template <typename Values>
  [[nodiscard]] LinePair<Values> line_pair(std::int64_t pair) const {
    T* const upper = values + 2 * pair * width * stride;
    return {upper, upper + width * stride, width, channels, stride};
  }
};

/// Two sums per channel over `count` things: add(first, last, a, b) adds some to two patterns.
template <typename Add>
std::pair<std::vector<double>, std::vector<double>> two_sums(std::int64_t count,
                                                             const ChannelPattern& pattern,
                                                             const Add& add) {
  const auto channels = static_cast<std::size_t>(pattern.channels());
  std::vector<double> a(kChunks * channels, 0.0), b(kChunks * channels, 0.0);
  for_chunks(count, [&](std::int64_t chunk, std::int64_t first, std::int64_t last) {
    std::vector<float> a_pattern(static_cast<std::size_t>(pattern.length()), 0.0F);
    std::vector<float> b_pattern = a_pattern;
    add(first, last, a_pattern.data(), b_pattern.data());
    pattern.fold(a_pattern, a.data() + static_cast<std::size_t>(chunk) * channels);
    pattern.fold(b_pattern, b.data() + static_cast<std::size_t>(chunk) * channels);
  });
  for (std::size_t chunk = 1; chunk < kChunks; ++chunk) {
    for (std::size_t c = 0; c < channels; ++c) {
      a[c] += a[chunk * channels + c];
      b[c] += b[chunk * channels + c];
    }
  }
  a.resize(channels);
  b.resize(channels);
  return {std::move(a), std::move(b)};
}

}  // namespace medcl::fast
