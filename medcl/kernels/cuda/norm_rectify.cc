// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/cuda/norm_rectify.h"

#include <string>

#include "medcl/core/error.h"
#include "medcl/kernels/cuda/context_pointer.h"
#include "medcl/kernels/cuda/norm_rectify_source.h"
#include "medcl/kernels/cuda/program.h"
#include "medcl/kernels/layout.h"

namespace medcl::fast::cuda {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr unsigned kThreads = 256;
constexpr unsigned kBlocks = 528;  ///< a constant, so that sums do not depend on the card
constexpr std::int64_t kMostPixels = std::int64_t{1} << 28;  ///< 32 bits count rows
constexpr unsigned kTile = 32;  ///< of the kernels that add the blocks' sums

constexpr std::int64_t kVectorBytes = 16;  ///< that a thread reads at once

std::int64_t vector_length(const torch::Tensor& x) {
  return kVectorBytes / static_cast<std::int64_t>(x.element_size());
}

/// Whether every pixel begins on a vector.
bool is_aligned(const torch::Tensor& x_bchw, std::int64_t stride) {
  return reinterpret_cast<std::uintptr_t>(x_bchw.data_ptr()) % kVectorBytes == 0 &&
         stride % vector_length(x_bchw) == 0;
}

Program& program() {
  static Program kernels(kNormRectifySource, "norm_rectify.cu");
  return kernels;
}

// These mirror the structs of the kernels.
struct Task {
  long long rows = 0;
  int channels = 0, height = 0, width = 0, stride = 0;
  float slope = 0;
  unsigned key = 0, threshold = 0;
  float keep_scale = 1;
  const std::int64_t* recorded_key = nullptr;
};
struct Norm {
  const float *mean, *inverse, *weight, *bias;
};
struct Running {
  float *mean, *variance;
  const float* shift;
  double eps, momentum;
};

enum class Rows : std::int64_t { kPlain, kUp, kPool };

const char* name_of(Rows rows) {
  return rows == Rows::kPlain ? "plain" : rows == Rows::kUp ? "up" : "pool";
}

struct Call {
  Rows rows = Rows::kPlain;
  std::int64_t batch = 0, channels = 0, height = 0, width = 0;  ///< of the result
  double slope = 0, dropout = 0;
  DropoutKey key;
  torch::Tensor beside_bchw;  ///< the result may lie behind it

  [[nodiscard]] std::int64_t count() const { return batch * height * width; }
  [[nodiscard]] std::int64_t source_rows() const {
    return rows == Rows::kUp ? batch * (height / 2 + 1) * (width / 2 + 1) * 4 : count();
  }
  [[nodiscard]] Task task(std::int64_t stride) const {
    Task task{.rows = source_rows(),
              .channels = static_cast<int>(channels),
              .height = static_cast<int>(height),
              .width = static_cast<int>(width),
              .stride = static_cast<int>(stride),
              .slope = static_cast<float>(slope)};
    if (rows == Rows::kPool) task.rows /= 4;
    const Dropout mask = dropout_of(dropout, key.value);
    task.key = mask.key;
    task.threshold = mask.threshold;
    task.keep_scale = mask.scale;
    task.recorded_key = key.on_gpu;
    return task;
  }
};

Call call_of(const torch::Tensor& x_bchw, Rows rows) {
  const bool up = rows == Rows::kUp;
  return {.rows = rows,
          .batch = x_bchw.size(0),
          .channels = up ? x_bchw.size(1) / 4 : x_bchw.size(1),
          .height = up ? 2 * (x_bchw.size(2) - 1) : x_bchw.size(2),
          .width = up ? 2 * (x_bchw.size(3) - 1) : x_bchw.size(3),
          .beside_bchw = {}};
}

Grid row_grid() { return {.blocks = kBlocks, .threads_x = kThreads}; }
Grid sum_grid(const torch::Tensor& x) {
  return {.blocks = kBlocks,
          .threads_x = kThreads,
          .shared_bytes = static_cast<unsigned>(2 * kThreads * vector_length(x) * sizeof(float))};
}
Grid channel_grid(std::int64_t channels) {
  return {.blocks = static_cast<unsigned>((channels + kTile - 1) / kTile),
          .threads_x = kTile,
          .threads_y = kTile};
}

std::string kernel_name(const char* work, const torch::Tensor& x) {
  return std::string(work) + (x.scalar_type() == torch::kBFloat16 ? "_bf16" : "_fp32");
}
std::string kernel_name(const char* work, Rows rows, const torch::Tensor& x) {
  return kernel_name((std::string(work) + "_" + name_of(rows)).c_str(), x);
}

torch::Tensor floats(at::IntArrayRef sizes, const torch::Tensor& like) {
  return torch::empty(sizes, like.options().dtype(torch::kFloat32));
}

/// Mean and inverse standard deviation of the batch, [2, channels]; updates the running ones.
torch::Tensor batch_statistics(const torch::Tensor& x_bchw, const Call& call,
                               const NormRectify& how) {
  const torch::Tensor partial = floats({kBlocks, 2, call.channels}, x_bchw);
  const torch::Tensor mean_inverse = floats({2, call.channels}, x_bchw);
  const void* x = x_bchw.data_ptr();
  float* sums = partial.data_ptr<float>();
  Call sums_call = call;  // the statistics do not depend on what becomes of the result
  if (call.rows == Rows::kPool) sums_call.rows = Rows::kPlain;
  const torch::Tensor shift = how.conv_bias.detach();
  program().launch(x_bchw.device(), kernel_name("moments", sums_call.rows, x_bchw),
                   sum_grid(x_bchw), x, sums_call.task(call.channels), sums);
  const Running running{.mean = how.norm->running_mean.data_ptr<float>(),
                        .variance = how.norm->running_var.data_ptr<float>(),
                        .shift = shift.data_ptr<float>(),
                        .eps = how.norm->options.eps(),
                        .momentum = how.norm->options.momentum().value()};
  program().launch(x_bchw.device(), kernel_name("settle", x_bchw), channel_grid(call.channels),
                   sums, static_cast<int>(kBlocks), x, static_cast<long long>(call.count()),
                   running, static_cast<int>(call.channels), mean_inverse.data_ptr<float>());
  how.norm->num_batches_tracked.add_(1);
  return mean_inverse;
}

Norm norm_of(const torch::Tensor& mean_inverse, const torch::Tensor& weight,
             const torch::Tensor& bias) {
  const float* mean = mean_inverse.data_ptr<float>();
  return {mean, mean + mean_inverse.size(1), weight.data_ptr<float>(), bias.data_ptr<float>()};
}

torch::Tensor channels_last(at::IntArrayRef sizes, const torch::Tensor& like) {
  return torch::empty(sizes, like.options(), torch::MemoryFormat::ChannelsLast);
}

torch::Tensor result_for(const torch::Tensor& x_bchw, const Call& call) {
  const std::vector<std::int64_t> sizes{call.batch, call.channels, call.height, call.width};
  return call.rows == Rows::kPool ? empty_with_room(sizes, x_bchw)
                                  : empty_beside(call.beside_bchw, sizes, x_bchw);
}

struct Gradients {
  torch::Tensor x_bchw, weight, bias;
};

Gradients gradients(const torch::Tensor& x_bchw, torch::Tensor dy_bchw, torch::Tensor dhalf_bchw,
                    const Norm& norm, const Call& call) {
  std::int64_t stride = dy_bchw.stride(3);
  if (!has_row_stride(dy_bchw, stride) || !is_aligned(dy_bchw, stride)) {
    dy_bchw = dy_bchw.contiguous(torch::MemoryFormat::ChannelsLast);
    stride = call.channels;
  }
  const Task task = call.task(stride);
  const torch::Tensor partial = floats({kBlocks, 2, call.channels}, x_bchw);
  const torch::Tensor parameters = floats({2, call.channels}, x_bchw);
  const torch::Tensor means = floats({2, call.channels}, x_bchw);
  torch::Tensor dx_bchw = torch::empty_like(x_bchw);
  const void *x = x_bchw.data_ptr(), *dy = dy_bchw.data_ptr();
  float* const sums = partial.data_ptr<float>();
  const float* const mean_data = means.data_ptr<float>();
  void* const dx = dx_bchw.data_ptr();
  const auto device = x_bchw.device();
  const std::string reduce = kernel_name("gradient_moments", call.rows, x_bchw);
  const std::string apply = kernel_name("backward", call.rows, x_bchw);
  if (call.rows == Rows::kPool) {
    dhalf_bchw = dhalf_bchw.contiguous(torch::MemoryFormat::ChannelsLast);
    const void* dhalf = dhalf_bchw.data_ptr();
    program().launch(device, reduce, sum_grid(x_bchw), x, dy, dhalf, norm, task, sums);
  } else {
    program().launch(device, reduce, sum_grid(x_bchw), x, dy, norm, task, sums);
  }
  program().launch(device, "settle_gradient", channel_grid(call.channels), sums,
                   static_cast<int>(kBlocks), static_cast<long long>(call.count()),
                   static_cast<int>(call.channels), parameters.data_ptr<float>(),
                   means.data_ptr<float>());
  if (call.rows == Rows::kPool) {
    const void* dhalf = dhalf_bchw.data_ptr();
    program().launch(device, apply, row_grid(), x, dy, dhalf, norm, mean_data, task, dx);
  } else {
    program().launch(device, apply, row_grid(), x, dy, norm, mean_data, task, dx);
  }
  return {dx_bchw, parameters[0], parameters[1]};
}

/// Mean, less the bias that the convolution was computed without, and inverse standard deviation.
torch::Tensor running_statistics(const NormRectify& how) {
  return torch::stack({how.norm->running_mean - how.conv_bias,
                       (how.norm->running_var + how.norm->options.eps()).rsqrt()});
}

class Operation : public torch::autograd::Function<Operation> {
 public:
  /// The result; Rows::kPool: and the halved one.
  static variable_list forward(AutogradContext* context, const torch::Tensor& x_bchw,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               const Call& call, const NormRectify& how) {
    const torch::Tensor mean_inverse =
        how.norm->is_training() ? batch_statistics(x_bchw, call, how) : running_statistics(how);
    context->save_for_backward({x_bchw, weight, bias, mean_inverse});
    context->saved_data["rows"] = static_cast<std::int64_t>(call.rows);
    context->saved_data["slope"] = call.slope;
    context->saved_data["dropout"] = call.dropout;
    context->saved_data["key"] = static_cast<std::int64_t>(call.key.value);
    keep_pointer(*context, "key_on_gpu", call.key.on_gpu);
    const torch::Tensor y_bchw = result_for(x_bchw, call);
    const Norm norm = norm_of(mean_inverse, weight, bias);
    const std::string kernel = kernel_name("rectify", call.rows, x_bchw);
    const Task task = call.task(y_bchw.stride(3));
    const void* x = x_bchw.data_ptr();
    void* y = y_bchw.data_ptr();
    if (call.rows != Rows::kPool) {
      program().launch(x_bchw.device(), kernel, row_grid(), x, norm, task, y);
      return {y_bchw};
    }
    const torch::Tensor half_bchw =
        channels_last({call.batch, call.channels, call.height / 2, call.width / 2}, x_bchw);
    void* half = half_bchw.data_ptr();
    program().launch(x_bchw.device(), kernel, row_grid(), x, norm, task, y, half);
    return {y_bchw, half_bchw};
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const variable_list saved = context->get_saved_variables();
    Call call = call_of(saved[0], static_cast<Rows>(context->saved_data["rows"].toInt()));
    call.slope = context->saved_data["slope"].toDouble();
    call.dropout = context->saved_data["dropout"].toDouble();
    call.key.value = static_cast<std::uint64_t>(context->saved_data["key"].toInt());
    call.key.on_gpu = kept_pointer<const std::int64_t>(*context, "key_on_gpu");
    const Gradients result = gradients(saved[0], outputs[0], outputs.back(),
                                       norm_of(saved[3], saved[1], saved[2]), call);
    return {result.x_bchw, result.weight, result.bias, {}, {}};
  }
};

variable_list apply(const torch::Tensor& x_bchw, const NormRectify& how, Call call) {
  check(how.norm->is_training() || !torch::GradMode::is_enabled(),
        "no gradient in evaluation mode");
  call.slope = how.slope;
  return Operation::apply(x_bchw.contiguous(torch::MemoryFormat::ChannelsLast), how.norm->weight,
                          how.norm->bias, call, how);
}

}  // namespace

bool can_norm_rectify(const torch::Tensor& like, std::int64_t channels) {
  const auto type = like.scalar_type();
  const bool fits =
      like.is_cuda() && like.dim() == 4 && (type == torch::kFloat32 || type == torch::kBFloat16) &&
      channels % vector_length(like) == 0 && channels <= kThreads * vector_length(like) &&
      like.size(2) > 3 && like.size(3) > 3 && like.numel() / like.size(1) < kMostPixels;
  return fits && program().available(like.device());
}

torch::Tensor norm_rectify(const torch::Tensor& x_bchw, const NormRectify& how, double dropout,
                           const DropoutKey& key) {
  Call call = call_of(x_bchw, Rows::kPlain);
  call.dropout = dropout;
  call.key = key;
  return apply(x_bchw, how, call)[0];
}

Halved norm_rectify_halve(const torch::Tensor& x_bchw, const NormRectify& how) {
  check(x_bchw.size(2) % 2 == 0 && x_bchw.size(3) % 2 == 0, "only even sizes can be halved");
  const variable_list results = apply(x_bchw, how, call_of(x_bchw, Rows::kPool));
  return {results[0], results[1]};
}

torch::Tensor norm_rectify_up(const torch::Tensor& parts_bchw, const NormRectify& how,
                              const torch::Tensor& beside_bchw) {
  Call call = call_of(parts_bchw, Rows::kUp);
  if (beside_bchw.defined()) call.beside_bchw = beside_bchw.detach();
  return apply(parts_bchw, how, call)[0];
}

}  // namespace medcl::fast::cuda
