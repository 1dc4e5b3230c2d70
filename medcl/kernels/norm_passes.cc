// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/norm_passes.h"

#include <algorithm>
#include <cmath>

#include "medcl/kernels/halving_kernels.h"
#include "medcl/kernels/layout.h"
#include "medcl/kernels/norm_rows.h"
#include "medcl/kernels/row_values.h"

namespace medcl::fast {
namespace {

template <typename T>
std::vector<float> first_pixel_of(const Rows<T>& rows) {
  std::vector<float> pixel;
  for (std::int64_t c = 0; c < rows.channels; ++c) pixel.push_back(load(rows.values[c]));
  return pixel;
}

template <typename T>
Statistics statistics_of(const torch::Tensor& x_bchw, double eps) {
  const Rows<T> rows(x_bchw);
  const ChannelPattern pattern(rows.channels);
  // Sums of squares about the first pixel: no cancellation for channels far from zero.
  const auto first_pixel = first_pixel_of(rows);
  const auto origin = pattern.repeat(first_pixel);
  const auto [sum, square] =
      two_sums(rows.count, pattern, [&](std::int64_t first, std::int64_t last, float* a, float* b) {
        add_moments<T>(rows.stretch(first, last), pattern.length(), origin.data(), a, b);
      });
  Statistics result;
  const auto n = static_cast<double>(rows.count);
  for (std::size_t c = 0; c < sum.size(); ++c) {
    const double offset = sum[c] / n;
    const double variance = std::max(0.0, square[c] / n - offset * offset);
    result.mean.push_back(static_cast<float>(static_cast<double>(first_pixel[c]) + offset));
    result.inverse.push_back(static_cast<float>(1 / std::sqrt(variance + eps)));
    result.unbiased_variance.push_back(static_cast<float>(variance * n / (n - 1)));
  }
  return result;
}

NormPattern pattern_of(const ChannelPattern& pattern, const Normalisation& norm) {
  std::vector<float> scale;
  for (std::size_t c = 0; c < norm.mean.size(); ++c) {
    scale.push_back(norm.weight[c] * norm.inverse[c]);
  }
  return {.mean = pattern.repeat(norm.mean),
          .scale = pattern.repeat(scale),
          .bias = pattern.repeat(norm.bias),
          .offset = {},
          .tilt = {}};
}

template <typename T>
std::vector<torch::Tensor> results_of(const torch::Tensor& x_bchw, const NormPattern& norm,
                                      const Rectification& how) {
  const Rows<T> x(x_bchw);
  if (!how.halve) {
    torch::Tensor y_bchw = empty_beside(how.beside_bchw, x_bchw.sizes(), x_bchw);
    const Rows<T> y(y_bchw);
    const std::int64_t length = ChannelPattern(x.channels).length();
    for_chunks(x.count, [&](std::int64_t, std::int64_t first, std::int64_t last) {
      normalise_rectify<T>(x.stretch(first, last), length, norm, how.slope, how.dropout,
                           y.template from<T>(first));
    });
    return {y_bchw};
  }
  torch::Tensor y_bchw = empty_with_room(x_bchw.sizes(), x_bchw);
  torch::Tensor half_bchw =
      torch::empty({x_bchw.size(0), x_bchw.size(1), x_bchw.size(2) / 2, x_bchw.size(3) / 2},
                   x_bchw.options(), torch::MemoryFormat::ChannelsLast);
  const Rows<T> y(y_bchw), half(half_bchw);
  for_chunks(x.line_pairs(), [&](std::int64_t, std::int64_t first, std::int64_t last) {
    for (std::int64_t pair = first; pair < last; ++pair) {
      normalise_rectify_halve<T>(x.template line_pair<const T>(pair), norm, how.slope,
                                 y.template line_pair<T>(pair),
                                 half.values + pair * half.width * half.channels);
    }
  });
  return {y_bchw, half_bchw};
}

/// The gradient with a fixed distance from pixel to pixel, as every kernel can read it.
torch::Tensor evenly_spaced(const torch::Tensor& dy_bchw) {
  return has_row_stride(dy_bchw, dy_bchw.stride(3))
             ? dy_bchw
             : dy_bchw.contiguous(torch::MemoryFormat::ChannelsLast);
}

/// Gradients through a plain result, or one that was halved too.
template <typename T>
struct Backward {
  Rows<T> x, dy, dhalf;  ///< dhalf: of dy again where nothing was halved
  const ChannelPattern pattern;
  const Rectification& how;

  [[nodiscard]] std::int64_t things() const { return how.halve ? x.line_pairs() : x.count; }
  [[nodiscard]] const T* dhalf_of(std::int64_t pair) const {
    return dhalf.values + pair * dhalf.width * dhalf.channels;
  }

  void add_moments(const NormPattern& norm, std::int64_t first, std::int64_t last, float* a,
                   float* b) const {
    if (!how.halve) {
      add_gradient_moments<T>(x.stretch(first, last), pattern.length(), norm, how.slope,
                              how.dropout, dy.template from<const T>(first), a, b);
      return;
    }
    for (std::int64_t pair = first; pair < last; ++pair) {
      add_gradient_moments_halved<T>(x.template line_pair<const T>(pair), norm, how.slope,
                                     dy.template line_pair<const T>(pair), dhalf_of(pair), a, b);
    }
  }

  void write(const NormPattern& norm, std::int64_t first, std::int64_t last,
             const Rows<T>& dx) const {
    if (!how.halve) {
      backward_rectify_normalise<T>(x.stretch(first, last), pattern.length(), norm, how.slope,
                                    how.dropout, dy.template from<const T>(first),
                                    dx.values + first * dx.channels);
      return;
    }
    for (std::int64_t pair = first; pair < last; ++pair) {
      backward_rectify_normalise_halved<T>(x.template line_pair<const T>(pair), norm, how.slope,
                                           dy.template line_pair<const T>(pair), dhalf_of(pair),
                                           dx.template line_pair<T>(pair));
    }
  }
};

template <typename T>
NormGradients gradients_of(const torch::Tensor& x_bchw, const std::vector<torch::Tensor>& outputs,
                           const Normalisation& norm, const Rectification& how) {
  const torch::Tensor dy_bchw = evenly_spaced(outputs.front());
  const torch::Tensor dhalf_bchw =
      how.halve ? outputs.back().contiguous(torch::MemoryFormat::ChannelsLast) : dy_bchw;
  const Backward<T> backward{Rows<T>(x_bchw), Rows<T>(dy_bchw), Rows<T>(dhalf_bchw),
                             ChannelPattern(x_bchw.size(1)), how};
  NormPattern pattern = pattern_of(backward.pattern, norm);
  const auto [sum, product] =
      two_sums(backward.things(), backward.pattern,
               [&](std::int64_t first, std::int64_t last, float* a, float* b) {
                 backward.add_moments(pattern, first, last, a, b);
               });
  const auto count = static_cast<double>(backward.x.count);
  std::vector<float> weight, bias, offset, tilt;
  for (std::size_t c = 0; c < sum.size(); ++c) {
    const double inverse = norm.inverse[c], scale = norm.weight[c] * inverse;
    bias.push_back(static_cast<float>(sum[c]));
    weight.push_back(static_cast<float>(product[c] * inverse));
    offset.push_back(static_cast<float>(-scale * sum[c] / count));
    tilt.push_back(static_cast<float>(-scale * inverse * inverse * product[c] / count));
  }
  pattern.offset = backward.pattern.repeat(offset);
  pattern.tilt = backward.pattern.repeat(tilt);
  torch::Tensor dx_bchw = torch::empty_like(x_bchw);
  const Rows<T> dx(dx_bchw);
  for_chunks(backward.things(), [&](std::int64_t, std::int64_t first, std::int64_t last) {
    backward.write(pattern, first, last, dx);
  });
  return {dx_bchw, torch::tensor(weight), torch::tensor(bias)};
}

}  // namespace

Statistics batch_statistics(const torch::Tensor& x_bchw, double eps) {
  return is_bf16(x_bchw) ? statistics_of<BFloat16>(x_bchw, eps) : statistics_of<float>(x_bchw, eps);
}

std::vector<torch::Tensor> rectified(const torch::Tensor& x_bchw, const Normalisation& norm,
                                     const Rectification& how) {
  const NormPattern pattern = pattern_of(ChannelPattern(x_bchw.size(1)), norm);
  return is_bf16(x_bchw) ? results_of<BFloat16>(x_bchw, pattern, how)
                         : results_of<float>(x_bchw, pattern, how);
}

NormGradients norm_gradients(const torch::Tensor& x_bchw,
                             const std::vector<torch::Tensor>& gradients, const Normalisation& norm,
                             const Rectification& how) {
  return is_bf16(x_bchw) ? gradients_of<BFloat16>(x_bchw, gradients, norm, how)
                         : gradients_of<float>(x_bchw, gradients, norm, how);
}

}  // namespace medcl::fast
