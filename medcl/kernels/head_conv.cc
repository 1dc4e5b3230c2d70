// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/head_conv.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/kernels/head_kernels.h"
#include "medcl/kernels/memory.h"
#include "medcl/kernels/parallel.h"
#include "medcl/kernels/scratch.h"
#include "medcl/kernels/value_kernels.h"

namespace medcl::fast {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Pixels of a piece of work, whose gradients of the weights are summed on their own.
constexpr std::int64_t kPixelsOfPiece = 64 * kHeadPixels;

/// A head over all pixels of a batch, in blocks of neighbours of one image.
struct HeadPass {
  Head head;
  std::int64_t images, pixels;  ///< pixels of an image

  HeadPass(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw, const torch::Tensor& bias)
      : head{weight_oihw.data_ptr<float>(), bias.defined() ? bias.data_ptr<float>() : nullptr,
             weight_oihw.size(0), weight_oihw.size(1)},
        images(x_bchw.size(0)),
        pixels(x_bchw.size(2) * x_bchw.size(3)) {}

  [[nodiscard]] std::int64_t pieces() const { return images * at::divup(pixels, kPixelsOfPiece); }

  /// Calls block(first pixel of the batch, first float of its maps, count) for a piece's blocks.
  template <typename Block>
  void for_blocks(std::int64_t piece, const Block& block) const {
    const std::int64_t of_image = at::divup(pixels, kPixelsOfPiece);
    const std::int64_t image = piece / of_image, first = piece % of_image * kPixelsOfPiece;
    const std::int64_t last = std::min(first + kPixelsOfPiece, pixels);
    for (std::int64_t p = first; p < last; p += kHeadPixels) {
      block(image * pixels + p, image * head.classes * pixels + p, std::min(kHeadPixels, last - p));
    }
  }

  template <typename T>
  void make_maps(const T* x, float* maps) const {
    const std::int64_t values = kHeadPixels * head.channels;
    share_out(pieces(), [&] {
      return [&, features = Scratch<float>(values),
              turned = Scratch<float>(values)](std::int64_t piece) {
        for_blocks(piece, [&](std::int64_t pixel, std::int64_t map, std::int64_t count) {
          widen(x + pixel * head.channels, count * head.channels, features.data());
          make_head_maps(head, features.data(), count, turned.data(), maps + map, pixels);
        });
      };
    });
  }

  /// `sums` [pieces, classes, channels + 1], zeros.
  template <typename T>
  void add_gradients(const T* x, const float* dmaps, T* dx, float* sums) const {
    const std::int64_t values = kHeadPixels * head.channels;
    share_out(pieces(), [&] {
      return [&, features = Scratch<float>(values),
              gradients = Scratch<float>(values)](std::int64_t piece) {
        float* const own = sums + piece * head.classes * (head.channels + 1);
        for_blocks(piece, [&](std::int64_t pixel, std::int64_t map, std::int64_t count) {
          widen(x + pixel * head.channels, count * head.channels, features.data());
          add_head_gradients(head, features.data(), dmaps + map, pixels, count, gradients.data(),
                             own);
          narrow(gradients.data(), count * head.channels, dx + pixel * head.channels);
        });
      };
    });
  }
};

/// A bias without values stands for none: a Function takes no undefined tensor.
class HeadConv : public torch::autograd::Function<HeadConv> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x_bchw,
                               const torch::Tensor& weight_oihw, const torch::Tensor& bias) {
    const torch::Tensor weight = weight_oihw.contiguous();
    context->save_for_backward({x_bchw, weight});
    torch::Tensor maps_bkhw =
        torch::empty({x_bchw.size(0), weight.size(0), x_bchw.size(2), x_bchw.size(3)},
                     x_bchw.options().dtype(torch::kFloat32));
    const HeadPass pass(x_bchw, weight, bias.numel() > 0 ? bias.contiguous() : torch::Tensor());
    is_bf16(x_bchw) ? pass.make_maps(values_of<BFloat16>(x_bchw), maps_bkhw.data_ptr<float>())
                    : pass.make_maps(values_of<float>(x_bchw), maps_bkhw.data_ptr<float>());
    return maps_bkhw;
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &x_bchw = saved[0], &weight = saved[1];
    const torch::Tensor dmaps_bkhw = outputs[0].contiguous();
    const torch::Tensor dx_bchw = torch::empty_like(x_bchw);
    const HeadPass pass(x_bchw, weight, {});
    const std::int64_t out = weight.size(0), in = weight.size(1);
    const torch::Tensor sums = torch::zeros({pass.pieces(), out, in + 1});
    const float* const dmaps = dmaps_bkhw.data_ptr<float>();
    if (is_bf16(x_bchw)) {
      pass.add_gradients(values_of<BFloat16>(x_bchw), dmaps, values_of<BFloat16>(dx_bchw),
                         sums.data_ptr<float>());
    } else {
      pass.add_gradients(values_of<float>(x_bchw), dmaps, values_of<float>(dx_bchw),
                         sums.data_ptr<float>());
    }
    const torch::Tensor total = sums.to(torch::kFloat64).sum(0).to(torch::kFloat32);
    const torch::Tensor dbias =
        context->needs_input_grad(2) ? total.select(1, in).contiguous() : torch::Tensor();
    return {dx_bchw, total.narrow(1, 0, in).reshape({out, in, 1, 1}), dbias};
  }
};

}  // namespace

bool can_head_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw) {
  return x_bchw.is_cpu() && x_bchw.numel() > 0 && weight_oihw.numel() > 0 &&
         (is_bf16(x_bchw) || x_bchw.scalar_type() == torch::kFloat32) &&
         weight_oihw.scalar_type() == torch::kFloat32 && weight_oihw.size(2) == 1 &&
         weight_oihw.size(3) == 1 && x_bchw.is_contiguous(torch::MemoryFormat::ChannelsLast);
}

torch::Tensor head_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                        const torch::Tensor& bias) {
  check(can_head_conv(x_bchw, weight_oihw), "no such head here");
  return HeadConv::apply(x_bchw, weight_oihw, bias.defined() ? bias : torch::empty({0}));
}

}  // namespace medcl::fast
