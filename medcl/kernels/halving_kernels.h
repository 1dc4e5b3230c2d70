// SPDX-License-Identifier: Apache-2.0
#pragma once

// The inner loops of fused normalisation where a level's result is also wanted halved by its maxima
// over 2 x 2 pixels. As row_kernels.h, whose terms these are; nothing is dropped out here.

#include <cstdint>

#include "medcl/kernels/row_kernels.h"

namespace medcl::fast {

/// Two neighbouring lines of an image: pixels of `channels` values, `stride` values apart.
template <typename T>
struct LinePair {
  T *upper, *lower;
  std::int64_t width, channels, stride;
};

/// y = LeakyReLU(z); half = the maxima of y over 2 x 2 pixels, one line. A pixel that is not a
/// number may be missing from the maxima; it is in y.
template <typename T>
void normalise_rectify_halve(const LinePair<const T>& x, const NormPattern& pattern, float slope,
                             const LinePair<T>& y, T* half);
/// With g = (dy + dhalf, where y is the first maximum of its 2 x 2 pixels) through LeakyReLU:
/// sum[i] += g, product[i] += g (x - mean).
template <typename T>
void add_gradient_moments_halved(const LinePair<const T>& x, const NormPattern& pattern,
                                 float slope, const LinePair<const T>& dy, const T* dhalf,
                                 float* sum, float* product);
/// dx = scale g + offset + tilt (x - mean).
template <typename T>
void backward_rectify_normalise_halved(const LinePair<const T>& x, const NormPattern& pattern,
                                       float slope, const LinePair<const T>& dy, const T* dhalf,
                                       const LinePair<T>& dx);

}  // namespace medcl::fast
