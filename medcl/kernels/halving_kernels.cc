// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/halving_kernels.h"

#include "medcl/kernels/each_processor.h"
#include "medcl/kernels/row_values.h"

namespace medcl::fast {
namespace {

/// The value as it will lie in memory.
template <typename T>
MEDCL_INLINE float rounded(float value) {
  T stored;
  store(value, stored);
  return load(stored);
}

/// The four pixels of a window, in the order in which the first maximum counts.
template <typename T>
struct Window {
  T* pixels[4];
  MEDCL_ALWAYS_INLINE Window(const LinePair<T>& lines, std::int64_t j)
      : pixels{lines.upper + 2 * j * lines.stride, lines.upper + (2 * j + 1) * lines.stride,
               lines.lower + 2 * j * lines.stride, lines.lower + (2 * j + 1) * lines.stride} {}
};

MEDCL_INLINE float rectified(float z, float slope) { return z > 0 ? z : z * slope; }

template <typename T>
MEDCL_INLINE void forward(const LinePair<const T>& x, const NormPattern& pattern, float slope,
                          const LinePair<T>& result, T* halves) {
  const float* __restrict__ scale = pattern.scale.data();
  const float* __restrict__ bias = pattern.bias.data();
  const float* __restrict__ mean = pattern.mean.data();
  for (std::int64_t j = 0; j < x.width / 2; ++j) {
    const Window<const T> in(x, j);
    const Window<T> out(result, j);
    const T* __restrict__ x0 = in.pixels[0], * __restrict__ x1 = in.pixels[1];
    const T* __restrict__ x2 = in.pixels[2], * __restrict__ x3 = in.pixels[3];
    T* __restrict__ y0 = out.pixels[0], * __restrict__ y1 = out.pixels[1];
    T* __restrict__ y2 = out.pixels[2], * __restrict__ y3 = out.pixels[3];
    T* __restrict__ half = halves + j * x.channels;
    MEDCL_INDEPENDENT
    for (std::int64_t i = 0; i < x.channels; ++i) {
      const auto value = [&](T from) MEDCL_ALWAYS_INLINE {
        return rounded<T>(rectified(scale[i] * (load(from) - mean[i]) + bias[i], slope));
      };
      const float a = value(x0[i]), b = value(x1[i]), c = value(x2[i]), d = value(x3[i]);
      const float upper = b > a ? b : a, lower = d > c ? d : c;
      store_exact(a, y0[i]);
      store_exact(b, y1[i]);
      store_exact(c, y2[i]);
      store_exact(d, y3[i]);
      store_exact(lower > upper ? lower : upper, half[i]);
    }
  }
}

/// Calls visit(j, i, g, x - mean) for every channel i of every window j, with those of its four
/// pixels.
template <typename T, typename Visit>
MEDCL_INLINE void for_gradients(const LinePair<const T>& x, const NormPattern& pattern, float slope,
                                const LinePair<const T>& gradient, const T* dhalves,
                                const Visit& visit) {
  const float* __restrict__ scale = pattern.scale.data();
  const float* __restrict__ bias = pattern.bias.data();
  const float* __restrict__ mean = pattern.mean.data();
  for (std::int64_t j = 0; j < x.width / 2; ++j) {
    const Window<const T> in(x, j), dy(gradient, j);
    const T* __restrict__ x0 = in.pixels[0], * __restrict__ x1 = in.pixels[1];
    const T* __restrict__ x2 = in.pixels[2], * __restrict__ x3 = in.pixels[3];
    const T* __restrict__ dy0 = dy.pixels[0], * __restrict__ dy1 = dy.pixels[1];
    const T* __restrict__ dy2 = dy.pixels[2], * __restrict__ dy3 = dy.pixels[3];
    const T* __restrict__ dhalf = dhalves + j * x.channels;
    MEDCL_INDEPENDENT
    for (std::int64_t i = 0; i < x.channels; ++i) {
      const auto z_of = [&](float v) MEDCL_ALWAYS_INLINE { return scale[i] * v + bias[i]; };
      const auto y_of = [&](float z)
                            MEDCL_ALWAYS_INLINE { return rounded<T>(rectified(z, slope)); };
      const float v0 = load(x0[i]) - mean[i], v1 = load(x1[i]) - mean[i];
      const float v2 = load(x2[i]) - mean[i], v3 = load(x3[i]) - mean[i];
      const float z0 = z_of(v0), z1 = z_of(v1), z2 = z_of(v2), z3 = z_of(v3);
      const float y0 = y_of(z0), y1 = y_of(z1), y2 = y_of(z2), y3 = y_of(z3);
      const bool right = y1 > y0, lower_right = y3 > y2;
      const float most_above = right ? y1 : y0, most_below = lower_right ? y3 : y2;
      const bool below = most_below > most_above;
      const float given = load(dhalf[i]);
      const float above_given = below ? 0.0F : given, below_given = below ? given : 0.0F;
      const auto through = [&](float z, float g)
                               MEDCL_ALWAYS_INLINE { return g * (z > 0 ? 1.0F : slope); };
      const float g[4] = {through(z0, load(dy0[i]) + (right ? 0.0F : above_given)),
                          through(z1, load(dy1[i]) + (right ? above_given : 0.0F)),
                          through(z2, load(dy2[i]) + (lower_right ? 0.0F : below_given)),
                          through(z3, load(dy3[i]) + (lower_right ? below_given : 0.0F))};
      const float centred[4] = {v0, v1, v2, v3};
      visit(j, i, g, centred);
    }
  }
}

template <typename T>
MEDCL_INLINE void gradient_moments(const LinePair<const T>& x, const NormPattern& pattern,
                                   float slope, const LinePair<const T>& dy, const T* dhalf,
                                   float* __restrict__ sum, float* __restrict__ product) {
  for_gradients(x, pattern, slope, dy, dhalf,
                [&](std::int64_t, std::int64_t i, const float* g, const float* centred)
                    MEDCL_ALWAYS_INLINE {
                      sum[i] += (g[0] + g[1]) + (g[2] + g[3]);
                      product[i] += (g[0] * centred[0] + g[1] * centred[1]) +
                                    (g[2] * centred[2] + g[3] * centred[3]);
                    });
}

template <typename T>
MEDCL_INLINE void backward(const LinePair<const T>& x, const NormPattern& pattern, float slope,
                           const LinePair<const T>& dy, const T* dhalf, const LinePair<T>& dx) {
  const float* __restrict__ scale = pattern.scale.data();
  const float* __restrict__ offset = pattern.offset.data();
  const float* __restrict__ tilt = pattern.tilt.data();
  for_gradients(x, pattern, slope, dy, dhalf,
                [&](std::int64_t j, std::int64_t i, const float* g, const float* centred)
                    MEDCL_ALWAYS_INLINE {
                      T *upper = dx.upper + 2 * j * dx.stride + i,
                        *lower = dx.lower + 2 * j * dx.stride + i;
                      const auto d = [&](int k) MEDCL_ALWAYS_INLINE {
                        return scale[i] * g[k] + (offset[i] + tilt[i] * centred[k]);
                      };
                      store(d(0), upper[0]);
                      store(d(1), upper[dx.stride]);
                      store(d(2), lower[0]);
                      store(d(3), lower[dx.stride]);
                    });
}

}  // namespace

// One pair of definitions for each kernel: a function with clones cannot be a template.
#define MEDCL_KERNELS(T)                                                                     \
  template <>                                                                                \
  MEDCL_EACH_PROCESSOR void normalise_rectify_halve(const LinePair<const T>& x,              \
                                                    const NormPattern& pattern, float slope, \
                                                    const LinePair<T>& y, T* half) {         \
    forward(x, pattern, slope, y, half);                                                     \
  }                                                                                          \
  template <>                                                                                \
  MEDCL_EACH_PROCESSOR void add_gradient_moments_halved(                                     \
      const LinePair<const T>& x, const NormPattern& pattern, float slope,                   \
      const LinePair<const T>& dy, const T* dhalf, float* sum, float* product) {             \
    gradient_moments(x, pattern, slope, dy, dhalf, sum, product);                            \
  }                                                                                          \
  template <>                                                                                \
  MEDCL_EACH_PROCESSOR void backward_rectify_normalise_halved(                               \
      const LinePair<const T>& x, const NormPattern& pattern, float slope,                   \
      const LinePair<const T>& dy, const T* dhalf, const LinePair<T>& dx) {                  \
    backward(x, pattern, slope, dy, dhalf, dx);                                              \
  }

MEDCL_KERNELS(float)
MEDCL_KERNELS(BFloat16)

}  // namespace medcl::fast
