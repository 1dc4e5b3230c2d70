// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/log_likelihood.h"

#include "medcl/kernels/by_image.h"

namespace medcl::fast {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class LogLikelihood : public torch::autograd::Function<LogLikelihood> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& logits_bks,
                               const torch::Tensor& target_bks) {
    const torch::Tensor logits = logits_bks.contiguous(), target = target_bks.contiguous();
    const torch::Tensor log_prob = torch::empty_like(logits);
    const torch::Tensor sum_b = torch::zeros({logits.size(0)}, logits.options());
    for_images(logits.size(0), [&](std::int64_t b) {
      torch::Tensor own = log_prob[b];
      own.copy_(torch::log_softmax(logits[b], 0));
      sum_b[b].copy_((own * target[b]).sum());
    });
    context->save_for_backward({log_prob, target});
    return sum_b.sum();
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &log_prob = saved[0], &target = saved[1];
    const torch::Tensor gradient = outputs[0];
    const torch::Tensor dlogits = torch::empty_like(log_prob);
    for_images(log_prob.size(0), [&](std::int64_t b) {
      torch::Tensor own = dlogits[b];
      torch::exp_out(own, log_prob[b]);
      own.mul_(target[b].sum(0, /*keepdim=*/true)).sub_(target[b]).mul_(-gradient);
    });
    return {dlogits, torch::Tensor()};
  }
};

class Softmax : public torch::autograd::Function<Softmax> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& logits_bks) {
    const torch::Tensor prob = torch::empty_like(logits_bks, torch::MemoryFormat::Contiguous);
    for_images(prob.size(0),
               [&](std::int64_t b) { prob[b].copy_(torch::softmax(logits_bks[b], 0)); });
    context->save_for_backward({prob});
    return prob;
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const torch::Tensor prob = context->get_saved_variables()[0];
    const torch::Tensor dlogits = torch::empty_like(prob);
    for_images(prob.size(0), [&](std::int64_t b) {
      dlogits[b].copy_(
          torch::_softmax_backward_data(outputs[0][b], prob[b], 0, prob.scalar_type()));
    });
    return {dlogits};
  }
};

}  // namespace

torch::Tensor softmax(const torch::Tensor& logits_bks) {
  return logits_bks.is_cpu() ? Softmax::apply(logits_bks) : torch::softmax(logits_bks, 1);
}

torch::Tensor log_likelihood(const torch::Tensor& logits_bks, const torch::Tensor& target_bks) {
  if (!logits_bks.is_cpu() || target_bks.requires_grad() ||
      logits_bks.scalar_type() != target_bks.scalar_type()) {
    return (target_bks * torch::log_softmax(logits_bks, 1)).sum();
  }
  return LogLikelihood::apply(logits_bks, target_bks);
}

}  // namespace medcl::fast
