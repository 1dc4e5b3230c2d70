// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/fast/norm_rectify.h"

#include <ATen/Parallel.h>

#include <cmath>

#include "medcl/model/fast/memory.h"

namespace medcl::fast {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Chunks of rows that are summed on their own; a constant, so that sums do not depend on threads.
constexpr std::int64_t kChunks = 64;

/// The tensor as a matrix with a pixel in each row.
struct Rows {
  explicit Rows(const torch::Tensor& x_bchw)
      : channels(x_bchw.size(1)), count(x_bchw.numel() / x_bchw.size(1)) {}
  std::int64_t channels, count;

  /// work(chunk, first value, number of values) for every chunk, in parallel.
  template <typename Work>
  void for_chunks(const Work& work) const {
    at::parallel_for(0, kChunks, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t chunk = begin; chunk < end; ++chunk) {
        const std::int64_t first = count * chunk / kChunks, last = count * (chunk + 1) / kChunks;
        work(chunk, first * channels, (last - first) * channels);
      }
    });
  }
};

/// Two sums per channel over all rows: add(first, count, a, b) adds a stretch to two patterns.
template <typename Add>
std::pair<std::vector<double>, std::vector<double>> two_sums(const Rows& rows,
                                                             const ChannelPattern& pattern,
                                                             const Add& add) {
  const auto channels = static_cast<std::size_t>(rows.channels);
  std::vector<double> a(kChunks * channels, 0.0), b(kChunks * channels, 0.0);
  rows.for_chunks([&](std::int64_t chunk, std::int64_t first, std::int64_t count) {
    std::vector<float> a_pattern(static_cast<std::size_t>(pattern.length()), 0.0F);
    std::vector<float> b_pattern = a_pattern;
    add(first, count, a_pattern.data(), b_pattern.data());
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

torch::Tensor to_tensor(const std::vector<float>& values) {
  return torch::tensor(values, torch::kFloat32);
}

std::vector<float> to_vector(const torch::Tensor& values) {
  const torch::Tensor plain = values.detach().contiguous();
  return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

struct Statistics {
  std::vector<float> mean, inverse;  ///< per channel; inverse standard deviation
  std::vector<float> unbiased_variance;
};

template <typename T>
Statistics batch_statistics(const torch::Tensor& x_bchw, double eps) {
  const Rows rows(x_bchw);
  const ChannelPattern pattern(rows.channels);
  const T* values = values_of<T>(x_bchw);
  // Sums of squares about the first pixel: no cancellation for channels far from zero.
  const auto first_pixel = to_vector(x_bchw.permute({0, 2, 3, 1})[0][0][0].to(torch::kFloat32));
  const auto origin = pattern.repeat(first_pixel);
  const auto [sum, square] =
      two_sums(rows, pattern, [&](std::int64_t first, std::int64_t count, float* a, float* b) {
        add_moments<T>({values + first, count, first}, pattern.length(), origin.data(), a, b);
      });
  Statistics statistics;
  const auto n = static_cast<double>(rows.count);
  for (std::size_t c = 0; c < sum.size(); ++c) {
    const double offset = sum[c] / n;
    const double variance = std::max(0.0, square[c] / n - offset * offset);
    statistics.mean.push_back(static_cast<float>(static_cast<double>(first_pixel[c]) + offset));
    statistics.inverse.push_back(static_cast<float>(1 / std::sqrt(variance + eps)));
    statistics.unbiased_variance.push_back(static_cast<float>(variance * n / (n - 1)));
  }
  return statistics;
}

NormPattern norm_pattern(const ChannelPattern& pattern, const std::vector<float>& mean,
                         const std::vector<float>& inverse, const std::vector<float>& weight,
                         const std::vector<float>& bias) {
  std::vector<float> scale(mean.size());
  for (std::size_t c = 0; c < mean.size(); ++c) scale[c] = weight[c] * inverse[c];
  return {.mean = pattern.repeat(mean),
          .scale = pattern.repeat(scale),
          .bias = pattern.repeat(bias),
          .inverse = pattern.repeat(inverse),
          .gradient_mean = {},
          .gradient_slope = {}};
}

struct Gate {
  float slope = 0;
  Dropout dropout;
};

Gate gate_of(double slope, double dropout, std::uint64_t key) {
  Gate gate{.slope = static_cast<float>(slope), .dropout = {}};
  if (dropout > 0) {
    gate.dropout = {.key = static_cast<std::uint32_t>(key ^ (key >> 32)),
                    .threshold = static_cast<std::uint32_t>(dropout * 4294967296.0),
                    .scale = static_cast<float>(1 / (1 - dropout))};
  }
  return gate;
}

template <typename T>
torch::Tensor rectified(const torch::Tensor& x_bchw, const NormPattern& norm, const Gate& gate) {
  const Rows rows(x_bchw);
  const std::int64_t length = ChannelPattern(rows.channels).length();
  torch::Tensor y_bchw = torch::empty_like(x_bchw);
  const T* x = values_of<T>(x_bchw);
  T* y = values_of<T>(y_bchw);
  rows.for_chunks([&](std::int64_t, std::int64_t first, std::int64_t count) {
    normalise_rectify<T>({x + first, count, first}, length, norm, gate.slope, gate.dropout,
                         y + first);
  });
  return y_bchw;
}

struct Gradients {
  torch::Tensor x_bchw, weight, bias;
};

template <typename T>
Gradients gradients(const torch::Tensor& x_bchw, const torch::Tensor& dy_bchw, NormPattern norm,
                    const Gate& gate) {
  const Rows rows(x_bchw);
  const ChannelPattern pattern(rows.channels);
  const T* x = values_of<T>(x_bchw);
  const T* dy = values_of<T>(dy_bchw);
  const auto [sum, product] =
      two_sums(rows, pattern, [&](std::int64_t first, std::int64_t count, float* a, float* b) {
        add_gradient_moments<T>({x + first, count, first}, pattern.length(), norm, gate.slope,
                                gate.dropout, dy + first, a, b);
      });
  const std::vector<float> bias(sum.begin(), sum.end()), weight(product.begin(), product.end());
  std::vector<float> mean(sum.size()), slope(sum.size());
  for (std::size_t c = 0; c < sum.size(); ++c) {
    mean[c] = static_cast<float>(sum[c] / static_cast<double>(rows.count));
    slope[c] = static_cast<float>(product[c] / static_cast<double>(rows.count));
  }
  norm.gradient_mean = pattern.repeat(mean);
  norm.gradient_slope = pattern.repeat(slope);
  torch::Tensor dx_bchw = torch::empty_like(x_bchw);
  T* dx = values_of<T>(dx_bchw);
  rows.for_chunks([&](std::int64_t, std::int64_t first, std::int64_t count) {
    backward_rectify_normalise<T>({x + first, count, first}, pattern.length(), norm, gate.slope,
                                  gate.dropout, dy + first, dx + first);
  });
  return {dx_bchw, to_tensor(weight), to_tensor(bias)};
}

class NormRectify : public torch::autograd::Function<NormRectify> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x_bchw,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               const torch::Tensor& mean, const torch::Tensor& inverse,
                               double slope, double dropout, std::int64_t key) {
    context->save_for_backward({x_bchw, weight, bias, mean, inverse});
    context->saved_data["slope"] = slope;
    context->saved_data["dropout"] = dropout;
    context->saved_data["key"] = key;
    const NormPattern norm = pattern_of({x_bchw, weight, bias, mean, inverse});
    const Gate gate = gate_of(slope, dropout, static_cast<std::uint64_t>(key));
    return is_bf16(x_bchw) ? rectified<BFloat16>(x_bchw, norm, gate)
                           : rectified<float>(x_bchw, norm, gate);
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor& x_bchw = saved[0];
    const torch::Tensor dy_bchw = outputs[0].contiguous(torch::MemoryFormat::ChannelsLast);
    const Gate gate =
        gate_of(context->saved_data["slope"].toDouble(), context->saved_data["dropout"].toDouble(),
                static_cast<std::uint64_t>(context->saved_data["key"].toInt()));
    const Gradients result = is_bf16(x_bchw)
                                 ? gradients<BFloat16>(x_bchw, dy_bchw, pattern_of(saved), gate)
                                 : gradients<float>(x_bchw, dy_bchw, pattern_of(saved), gate);
    return {result.x_bchw, result.weight, result.bias, {}, {}, {}, {}, {}};
  }

 private:
  static NormPattern pattern_of(const variable_list& saved) {
    return norm_pattern(ChannelPattern(saved[0].size(1)), to_vector(saved[3]), to_vector(saved[4]),
                        to_vector(saved[1]), to_vector(saved[2]));
  }
};

void update_running(torch::nn::BatchNorm2d& norm, const Statistics& statistics) {
  const torch::NoGradGuard no_grad;
  const double momentum = norm->options.momentum().value();
  norm->running_mean.lerp_(to_tensor(statistics.mean), momentum);
  norm->running_var.lerp_(to_tensor(statistics.unbiased_variance), momentum);
  norm->num_batches_tracked.add_(1);
}

}  // namespace

bool can_norm_rectify(const torch::Tensor& x_bchw) {
  const bool known_type = x_bchw.scalar_type() == torch::kFloat32 || is_bf16(x_bchw);
  return x_bchw.device().is_cpu() && known_type && x_bchw.dim() == 4 &&
         x_bchw.is_contiguous(torch::MemoryFormat::ChannelsLast) && x_bchw.numel() > x_bchw.size(1);
}

torch::Tensor norm_rectify(const torch::Tensor& x_bchw, torch::nn::BatchNorm2d& norm, double slope,
                           double dropout, std::uint64_t dropout_key) {
  const torch::Tensor values = x_bchw.detach();
  const double eps = norm->options.eps();
  const Statistics statistics = is_bf16(values) ? batch_statistics<BFloat16>(values, eps)
                                                : batch_statistics<float>(values, eps);
  update_running(norm, statistics);
  return NormRectify::apply(x_bchw, norm->weight, norm->bias, to_tensor(statistics.mean),
                            to_tensor(statistics.inverse), slope, dropout,
                            static_cast<std::int64_t>(dropout_key));
}

}  // namespace medcl::fast
